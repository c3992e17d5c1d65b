package procmem

import (
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"slices"
)

// coreFile is the memory in an ELF core: pieces by address, each of which lies
// in the file, or was left out because the executable has the same, or is cut
// off where the file ends too early. It is read piece by piece and never held.
type coreFile struct {
	r       io.ReaderAt
	machine elf.Machine
	parts   []corePart // by address
	notes   coreNotes
	// missing is how many bytes behind the file's end the segments would go on.
	missing int64
	// exe serves what was left out, once it is known; bias is where it was loaded.
	exe  *static
	bias uint64
}

// corePart is one PT_LOAD segment (elf.h): size bytes of memory at addr, the first
// held of which are in the file at off.
type corePart struct {
	addr, size uint64
	off, held  uint64
	cut        bool // the file should hold more of them than it does
}

// parseCore reads a core's headers and notes; size is the file's.
func parseCore(r io.ReaderAt, size int64) (*coreFile, error) {
	f, err := openELF(r)
	if err != nil {
		return nil, err
	}
	if err := coreType(f); err != nil {
		return nil, err
	}
	c := &coreFile{r: r, machine: f.Machine}
	for _, p := range f.Progs {
		switch p.Type {
		case elf.PT_LOAD:
			c.add(p.ProgHeader, uint64(size))
		case elf.PT_NOTE:
			// The file may end within them: what is there may be enough.
			if err := c.notes.read(p.Open(), f.Machine); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
				return nil, fail(hintCopied, "the notes of the core: %w", err)
			}
		}
	}
	slices.SortStableFunc(c.parts, func(a, b corePart) int { return cmp.Compare(a.addr, b.addr) })
	return c, nil
}

// manySegments stands for a number of segments that does not fit its field
// (PN_XNUM of elf.h). Linux gives a process no more mappings than fit, unless
// vm.max_map_count was raised.
const manySegments = 0xffff

// openELF reads the headers of a file that should be an ELF file.
func openELF(r io.ReaderAt) (*elf.File, error) {
	var h [64]byte
	n, err := r.ReadAt(h[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case n < len(elf.ELFMAG) || string(h[:len(elf.ELFMAG)]) != elf.ELFMAG:
		return nil, fail(hintCore, "it is not an ELF file, and so no core")
	case n < len(h):
		return nil, fail(hintCopied, "its ELF header is cut short after %d bytes", n)
	case uint32(h[56])|uint32(h[57])<<8 == manySegments:
		return nil, fail("", "it has 65,535 segments or more, and as many cannot be read")
	}
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, fail(hintCopied, "its ELF headers cannot be read: %w", err)
	}
	return f, nil
}

// coreType refuses what is no core, and what is one of a machine that cannot be read.
func coreType(f *elf.File) error {
	switch f.Type {
	case elf.ET_CORE:
	case elf.ET_EXEC, elf.ET_DYN:
		return fail("give the core first, and the executable with --exe", "it is an executable, and not a core")
	default:
		return fail(hintCore, "it is an ELF file of type %s, and not a core", f.Type)
	}
	switch {
	case f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB:
		return fail("", "it is a core of a %s %s process, and goroutines are read from 64-bit little-endian ones", f.Class, f.Data)
	case f.Machine != elf.EM_X86_64 && f.Machine != elf.EM_AARCH64:
		return fail("", "it is a core of a process on %s, and goroutines are read on amd64 and arm64", f.Machine)
	}
	return nil
}

// add takes a segment that does not reach over the end of the address space.
func (c *coreFile) add(p elf.ProgHeader, size uint64) {
	if p.Vaddr+p.Memsz < p.Vaddr || p.Memsz == 0 {
		return
	}
	part := corePart{addr: p.Vaddr, size: p.Memsz, off: p.Off, held: min(p.Filesz, p.Memsz)}
	if there := size - min(p.Off, size); there < part.held {
		c.missing += int64(min(part.held-there, 1<<48)) // the sum of 65,534 of them still fits
		part.held, part.cut = there, true
	}
	c.parts = append(c.parts, part)
}

// Read fills the segments from the file, and from the executable what the core
// leaves out.
func (c *coreFile) Read(segments []Segment) error {
	for i := range segments {
		s := &segments[i]
		var err error
		if s.OK, err = c.fill(s.Addr, s.Buf, c.exe); err != nil {
			return fmt.Errorf("read the core: %w", err)
		}
	}
	return nil
}

// holds fills buf with what is in the core itself.
func (c *coreFile) holds(addr uint64, buf []byte) bool {
	ok, err := c.fill(addr, buf, nil)
	return ok && err == nil
}

// fill reads memory that may reach over several segments.
func (c *coreFile) fill(addr uint64, buf []byte, exe *static) (bool, error) {
	for len(buf) > 0 {
		var n int
		p, in, room := c.at(addr)
		switch {
		case p != nil && in < p.held:
			n = int(min(uint64(len(buf)), p.held-in))
			if _, err := c.r.ReadAt(buf[:n], int64(p.off+in)); errors.Is(err, io.EOF) {
				return false, nil // the file became shorter
			} else if err != nil {
				return false, err
			}
		case p != nil && p.cut || exe == nil:
			return false, nil
		default:
			n = int(min(uint64(len(buf)), room))
			if exe.read(addr-c.bias, buf[:n]) != nil {
				return false, nil
			}
		}
		addr, buf = addr+uint64(n), buf[n:]
	}
	return true, nil
}

// at finds the segment that holds an address, and how far into it that is; nil
// when there is none. room is how many bytes from there on are like it: at least one.
func (c *coreFile) at(addr uint64) (p *corePart, in, room uint64) {
	i, _ := slices.BinarySearchFunc(c.parts, addr, func(p corePart, addr uint64) int {
		if p.addr <= addr {
			return -1
		}
		return 1
	})
	room = ^uint64(0)
	if i < len(c.parts) {
		room = c.parts[i].addr - addr
	}
	if i == 0 {
		return nil, 0, room
	}
	p = &c.parts[i-1]
	if in = addr - p.addr; in >= p.size {
		return nil, 0, room
	}
	return p, in, min(room, p.size-in)
}

// IsCore says whether a file that begins with head is a core.
func IsCore(head []byte) bool {
	return len(head) >= 18 && string(head[:4]) == elf.ELFMAG && head[elf.EI_DATA] == byte(elf.ELFDATA2LSB) && head[16] == byte(elf.ET_CORE) && head[17] == 0
}
