package procmem

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
	"time"
)

// Core is an ELF core file: the memory of a process at one moment, as gcore or
// the kernel wrote it.
type Core struct {
	// PID is the process's; 0 when the core does not tell.
	PID int
	// Exe is the path of its executable on the machine where it ran; "" when the core does not tell.
	Exe string
	// Time is when the file was written, which is when the process stood still.
	Time time.Time
	// Cut is how many bytes of memory the core lists and its file does not have.
	Cut uint64

	file  *os.File
	loads []elf.ProgHeader // by address
	entry uint64
	size  uint64
	arch  elf.Machine
	files []byte // NT_FILE
}

const (
	hintCore    = "a core is what gcore PID writes, or the kernel after a crash with GOTRACEBACK=crash and ulimit -c unlimited"
	hintCoreExe = "name the executable that ran with --exe"
)

// IsCore says whether bytes from the beginning of a file are those of an ELF core.
func IsCore(head []byte) bool {
	return len(head) >= 18 && string(head[:4]) == elf.ELFMAG && head[elf.EI_DATA] == byte(elf.ELFDATA2LSB) && head[16] == byte(elf.ET_CORE) && head[17] == 0
}

// OpenCore opens a core file, and reads what it says of itself. Close it, or
// the Reader that is made of it.
func OpenCore(path string) (*Core, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	c, err := newCore(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return c, nil
}

func newCore(file *os.File) (*Core, error) {
	f, err := elf.NewFile(file)
	switch {
	case err != nil:
		return nil, fail(hintCore, "it is no ELF file, and so no core: %w", err)
	case f.Type != elf.ET_CORE:
		return nil, fail(hintCore, "it is an ELF file of type %s, and no core", f.Type)
	}
	if err := supported(f); err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	c := &Core{file: file, Time: info.ModTime().UTC(), size: uint64(info.Size()), arch: f.Machine}
	for _, p := range f.Progs {
		switch p.Type {
		case elf.PT_LOAD:
			c.add(p.ProgHeader)
		case elf.PT_NOTE:
			if err := c.notes(p.ProgHeader); err != nil {
				return nil, err
			}
		}
	}
	if len(c.loads) == 0 {
		return nil, fail(hintCore, "the core holds no memory")
	}
	slices.SortFunc(c.loads, func(x, y elf.ProgHeader) int { return compare(x.Vaddr, y.Vaddr) })
	return c, nil
}

func compare(x, y uint64) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// add keeps a piece of memory, cut to what the file has of it.
func (c *Core) add(p elf.ProgHeader) {
	have := uint64(0)
	if p.Off < c.size {
		have = min(p.Filesz, c.size-p.Off)
	}
	c.Cut += p.Filesz - have
	if p.Filesz = have; have > 0 {
		c.loads = append(c.loads, p)
	}
}

// Read fills what the core holds. What was mapped from files is often left out
// of a core; the executable's own part is read from its file.
func (c *Core) Read(segments []Segment) error {
	for i := range segments {
		s := &segments[i]
		s.OK = c.readAt(s.Addr, s.Buf) == nil
	}
	return nil
}

var errNotInCore = errors.New("not in the core")

// readAt fills buf from one or several pieces that follow each other.
func (c *Core) readAt(addr uint64, buf []byte) error {
	for len(buf) > 0 {
		i := sort.Search(len(c.loads), func(i int) bool { return c.loads[i].Vaddr > addr }) - 1
		if i < 0 || addr-c.loads[i].Vaddr >= c.loads[i].Filesz {
			return errNotInCore
		}
		p := &c.loads[i]
		in := addr - p.Vaddr
		n := min(uint64(len(buf)), p.Filesz-in)
		if _, err := c.file.ReadAt(buf[:n], int64(p.Off+in)); err != nil {
			return err
		}
		buf, addr = buf[n:], addr+n
	}
	return nil
}

// Size is the file's, in bytes.
func (c *Core) Size() int64 { return int64(c.size) }

// Close closes the file.
func (c *Core) Close() error { return c.file.Close() }

// Reader prepares to read the goroutines. exe is the path of the executable
// that ran, "" for the one that the core names. It takes the core over, also
// when it fails.
func (c *Core) Reader(exe string) (*Reader, error) {
	file, err := c.openExe(exe)
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	source := Source{Memory: c, Exe: both{file, c}, Entry: c.entry, Clock: func() (time.Time, int64) { return c.Time, 0 }}
	r, err := New(source) // which closes both when it fails
	if err != nil {
		return nil, fmt.Errorf("executable %q: %w", file.Name(), err)
	}
	return r, nil
}

// openExe opens the executable and checks that it is the core's.
func (c *Core) openExe(exe string) (*os.File, error) {
	named := exe != ""
	if !named {
		exe = c.Exe
	}
	if exe == "" {
		return nil, fail(hintCoreExe, "the core does not name its executable")
	}
	file, err := os.Open(exe)
	var path *os.PathError
	switch {
	case errors.As(err, &path) && named:
		return nil, fail("", "open executable %q: %v", exe, path.Err)
	case errors.As(err, &path):
		return nil, fail(hintCoreExe, "the executable that the core names, %q, is not here: %v", exe, path.Err)
	case err != nil:
		return nil, err
	}
	if c.entry == 0 {
		return nil, errors.Join(fail(hintCore, "the core does not tell where its program was loaded (no auxiliary vector)"), file.Close())
	}
	if err := c.fits(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// fits compares the executable with what the core holds of it, where it holds
// anything: the first page, which has the build id, is in most cores.
func (c *Core) fits(file *os.File) error {
	f, err := elf.NewFile(file)
	if err != nil {
		return notELF(err)
	}
	if f.Machine != c.arch {
		return fail(hintCoreExe, "the executable is for %s and the core of a process on %s", f.Machine, c.arch)
	}
	bias := c.entry - f.Entry
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || p.Flags&elf.PF_W != 0 {
			continue
		}
		var linked, loaded [pageSize]byte
		n := min(uint64(len(linked)), p.Filesz)
		if c.readAt(p.Vaddr+bias, loaded[:n]) != nil {
			continue
		}
		if _, err := file.ReadAt(linked[:n], int64(p.Off)); err != nil {
			return fmt.Errorf("read the executable: %w", err)
		}
		if linked != loaded {
			return fail(hintCoreExe, "the executable is not the one that the core is of: its contents differ at %#x", p.Vaddr)
		}
	}
	return nil
}

// both closes the core with the executable.
type both struct {
	*os.File
	core *Core
}

func (b both) Close() error { return errors.Join(b.File.Close(), b.core.Close()) }

var _ io.ReaderAt = both{}
