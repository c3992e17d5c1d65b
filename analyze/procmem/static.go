package procmem

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
)

// static is what an executable's file says about its read-only memory, by the
// addresses it was linked for. The running process may have it elsewhere (PIE).
type static struct {
	r     io.ReaderAt
	segs  []elf.ProgHeader
	pages map[uint64][]byte // by file offset, a page each
}

const (
	pageSize = 4096
	// maxPages bounds what is held of a file: of a table of functions a lookup
	// touches few places, and the same ones again.
	maxPages = 256
)

var errNotInFile = errors.New("not in the executable's file")

func newStatic(f *elf.File, r io.ReaderAt) *static {
	s := &static{r: r, pages: map[uint64][]byte{}}
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			s.segs = append(s.segs, p.ProgHeader)
		}
	}
	return s
}

// read fills buf with what was linked at addr.
func (s *static) read(addr uint64, buf []byte) error {
	for _, p := range s.segs {
		if addr >= p.Vaddr && addr-p.Vaddr < p.Filesz && uint64(len(buf)) <= p.Filesz-(addr-p.Vaddr) {
			return s.readFile(p.Off+addr-p.Vaddr, buf)
		}
	}
	return fmt.Errorf("read %d bytes at %#x: %w", len(buf), addr, errNotInFile)
}

func (s *static) readFile(off uint64, buf []byte) error {
	for len(buf) > 0 {
		page, err := s.page(off &^ (pageSize - 1))
		if err != nil {
			return err
		}
		in := off & (pageSize - 1)
		if in >= uint64(len(page)) {
			return io.ErrUnexpectedEOF
		}
		n := copy(buf, page[in:])
		buf, off = buf[n:], off+uint64(n)
	}
	return nil
}

func (s *static) page(off uint64) ([]byte, error) {
	if p, ok := s.pages[off]; ok {
		return p, nil
	}
	if len(s.pages) >= maxPages {
		clear(s.pages)
	}
	p := make([]byte, pageSize)
	n, err := s.r.ReadAt(p, int64(off))
	if n == 0 && err != nil {
		return nil, fmt.Errorf("read the executable: %w", err)
	}
	s.pages[off] = p[:n]
	return p[:n], nil
}

// cstring reads a string that ends in a zero byte.
func (s *static) cstring(addr uint64) (string, error) {
	const most = 1 << 16
	var out []byte
	for len(out) < most {
		var chunk [64]byte
		n := len(chunk)
		for s.read(addr, chunk[:n]) != nil { // near the end of a segment
			if n /= 2; n == 0 {
				return "", fmt.Errorf("read a name at %#x: %w", addr, errNotInFile)
			}
		}
		for _, c := range chunk[:n] {
			if c == 0 {
				return string(out), nil
			}
			out = append(out, c)
		}
		addr += uint64(n)
	}
	return "", fmt.Errorf("read a name at %#x: it has no end", addr)
}
