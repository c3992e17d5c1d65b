package procmem

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"strings"
)

// findTables finds the table of functions and the module data that goes with
// it, and gives the latter.
func (im *image) findTables(m Memory, f *elf.File) ([]byte, error) {
	addrs, err := functabAddrs(f)
	if err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, fail("build it without a tool that removes sections", "its executable has no .gopclntab, the table with which Go names its functions")
	}
	var why error
	for _, addr := range addrs {
		if im.funcs, err = openFunctab(im.static, addr); err != nil {
			why = fail(hintVersion, "%s: %w", im.build.GoVersion, err)
			continue
		}
		module, err := im.findModule(m, f)
		if err == nil {
			return module, nil
		}
		if why = err; isEnd(err) {
			break
		}
	}
	return nil, why
}

// functabAddrs gives the addresses, as linked, at which the table of functions
// may be: its section's, which in position independent programs is named after
// the pages that are relocated, or, where a C linker has put that into a larger
// one (up to Go 1.25), those at which the data begins as the table does.
func functabAddrs(f *elf.File) ([]uint64, error) {
	for _, s := range f.Sections {
		if strings.HasSuffix(s.Name, ".gopclntab") {
			return []uint64{s.Addr}, nil
		}
	}
	var addrs []uint64
	for _, s := range f.Sections {
		if s.Type != elf.SHT_PROGBITS || s.Flags&elf.SHF_ALLOC == 0 || s.Flags&elf.SHF_EXECINSTR != 0 {
			continue
		}
		found, err := functabsIn(s)
		if err != nil {
			return nil, err
		}
		addrs = append(addrs, found...)
	}
	return addrs, nil
}

// functabsIn looks for the first bytes of a table of functions: the magic
// number, two zeros, the quantum, and the size of a word.
func functabsIn(s *elf.Section) ([]uint64, error) {
	magic := []byte{pcHeaderMagic & 0xff, 0xff, 0xff, 0xff, 0, 0}
	const chunk = 1 << 20
	buf := make([]byte, chunk)
	var addrs []uint64
	for off := uint64(0); off < s.Size; off += chunk - 7 { // one that lies across the end is in the next
		n, err := s.ReadAt(buf[:min(chunk, s.Size-off)], int64(off))
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		for at := 0; ; at++ {
			i := bytes.Index(buf[at:n], magic)
			if i < 0 {
				break
			}
			at += i
			if addr := s.Addr + off + uint64(at); addr%8 == 0 && at+8 <= n && buf[at+7] == 8 {
				addrs = append(addrs, addr)
			}
		}
	}
	return addrs, nil
}
