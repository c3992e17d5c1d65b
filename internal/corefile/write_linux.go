// Package corefile writes core files of running processes for tests, where the
// machine may have no gcore. What it writes is smaller: private memory only,
// and of the program's own read-only parts the first page, as the kernel writes it too.
package corefile

import (
	"bufio"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
)

// mapping is a line of /proc/PID/maps.
type mapping struct {
	start, end, offset uint64
	perms, path        string
}

// Write stops a process, writes its core to path, and lets it go on.
func Write(pid int, path string) (err error) {
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return err
	}
	defer syscall.Kill(pid, syscall.SIGCONT)
	maps, err := readMaps(pid)
	if err != nil {
		return err
	}
	aux, err := os.ReadFile(fmt.Sprintf("/proc/%d/auxv", pid))
	if err != nil {
		return err
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return err
	}
	defer mem.Close()
	pagemap, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", pid))
	if err != nil {
		return err
	}
	defer pagemap.Close()
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if e := out.Close(); err == nil {
			err = e
		}
	}()
	w := bufio.NewWriter(out)
	if err := write(w, pid, maps, aux, mem, pagemap); err != nil {
		return err
	}
	return w.Flush()
}

func readMaps(pid int) ([]mapping, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, err
	}
	var all []mapping
	for line := range strings.Lines(string(b)) {
		var m mapping
		var dev string
		var inode uint64
		n, err := fmt.Sscanf(line, "%x-%x %s %x %s %d %s", &m.start, &m.end, &m.perms, &m.offset, &dev, &inode, &m.path)
		if n < 6 {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		all = append(all, m)
	}
	return all, nil
}

const (
	pageSize = 4096
	// maxMapping is more than a Go program maps in one piece to be written to, in
	// bytes. The race detector maps terabytes beside it, for itself.
	maxMapping = 1 << 30
	// maxGap is how many bytes that are not there are written along between two
	// that are: fewer pieces, for a few zeros.
	maxGap = 64 << 10
)

// piece is memory from start to end.
type piece struct{ start, end uint64 }

// kept is what of a mapping goes into the core: of what can be written the pages
// that are there, and of a file the page with its headers.
func kept(m mapping, pagemap io.ReaderAt) ([]piece, error) {
	switch {
	case strings.HasPrefix(m.perms, "rw") && !strings.HasPrefix(m.path, "[v") && m.end-m.start <= maxMapping:
		return resident(m, pagemap)
	case strings.HasPrefix(m.path, "/") && m.offset == 0:
		return []piece{{m.start, m.start + pageSize}}, nil
	}
	return nil, nil
}

// resident finds the pages that are in memory or swapped out, by
// /proc/PID/pagemap: eight bytes a page, of which bits 63 and 62 say so.
func resident(m mapping, pagemap io.ReaderAt) ([]piece, error) {
	b := make([]byte, (m.end-m.start)/pageSize*8)
	if _, err := pagemap.ReadAt(b, int64(m.start/pageSize*8)); err != nil {
		return nil, fmt.Errorf("read the page map at %#x: %w", m.start, err)
	}
	var all []piece
	for i := 0; i < len(b); i += 8 {
		if binary.LittleEndian.Uint64(b[i:])>>62 == 0 {
			continue
		}
		at := m.start + uint64(i/8)*pageSize
		if n := len(all); n > 0 && at-all[n-1].end <= maxGap {
			all[n-1].end = at + pageSize
			continue
		}
		all = append(all, piece{at, at + pageSize})
	}
	return all, nil
}

func write(w io.Writer, pid int, maps []mapping, aux []byte, mem, pagemap io.ReaderAt) error {
	notes := notesOf(pid, maps, aux)
	var loads []piece
	for _, m := range maps {
		pieces, err := kept(m, pagemap)
		if err != nil {
			return err
		}
		loads = append(loads, pieces...)
	}
	const header, prog = 64, 56
	at := uint64(header + prog*(len(loads)+1))
	progs := []elf.Prog64{{Type: uint32(elf.PT_NOTE), Off: at, Filesz: uint64(len(notes))}}
	at += uint64(len(notes))
	for _, l := range loads {
		n := l.end - l.start
		progs = append(progs, elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_W), Off: at, Vaddr: l.start, Filesz: n, Memsz: n, Align: pageSize})
		at += n
	}
	h := elf.Header64{Type: uint16(elf.ET_CORE), Machine: uint16(machine()), Version: 1, Phoff: header, Ehsize: header, Phentsize: prog, Phnum: uint16(len(progs))}
	copy(h.Ident[:], elf.ELFMAG)
	h.Ident[elf.EI_CLASS], h.Ident[elf.EI_DATA], h.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	for _, part := range []any{h, progs, notes} {
		if err := binary.Write(w, binary.LittleEndian, part); err != nil {
			return err
		}
	}
	for _, l := range loads {
		if _, err := io.Copy(w, io.NewSectionReader(mem, int64(l.start), int64(l.end-l.start))); err != nil {
			return fmt.Errorf("read the memory at %#x: %w", l.start, err)
		}
	}
	return nil
}

func machine() elf.Machine {
	if runtime.GOARCH == "arm64" {
		return elf.EM_AARCH64
	}
	return elf.EM_X86_64
}

// notesOf are NT_PRPSINFO, NT_AUXV and NT_FILE, in the order of the kernel.
func notesOf(pid int, maps []mapping, aux []byte) []byte {
	info := make([]byte, 136) // struct elf_prpsinfo
	binary.LittleEndian.PutUint32(info[24:], uint32(pid))
	var table, names []byte
	n := 0
	for _, m := range maps {
		if !strings.HasPrefix(m.path, "/") {
			continue
		}
		n++
		for _, v := range []uint64{m.start, m.end, m.offset / 4096} {
			table = binary.LittleEndian.AppendUint64(table, v)
		}
		names = append(append(names, m.path...), 0)
	}
	files := binary.LittleEndian.AppendUint64(nil, uint64(n))
	files = binary.LittleEndian.AppendUint64(files, 4096)
	files = append(append(files, table...), names...)
	var out bytes.Buffer
	for _, note := range []struct {
		kind uint32
		desc []byte
	}{{3, info}, {6, aux}, {0x46494c45, files}} {
		binary.Write(&out, binary.LittleEndian, []uint32{5, uint32(len(note.desc)), note.kind})
		out.WriteString("CORE\x00\x00\x00\x00")
		out.Write(note.desc)
		out.Write(make([]byte, -len(note.desc)&3))
	}
	return out.Bytes()
}
