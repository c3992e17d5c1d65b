package procmem

import (
	"bytes"
	"debug/elf"
)

// tableChunk is how many bytes of a symbol table are held at once. Whole
// symbols of a large program would take more memory than all else here.
const tableChunk = 1 << 16

// symbolSize is that of Elf64_Sym (elf.h): the name's offset in 4 bytes, 4 of
// kinds, the address in 8, the size in 8.
const symbolSize = 24

// symbol gives the address that a symbol table has for a name, as linked.
func symbol(f *elf.File, name string) (uint64, bool) {
	table := f.Section(".symtab")
	if table == nil || int(table.Link) >= len(f.Sections) {
		return 0, false
	}
	at, ok := nameOffset(f.Sections[table.Link], name)
	if !ok {
		return 0, false
	}
	buf := make([]byte, tableChunk/symbolSize*symbolSize)
	for off := uint64(0); off+symbolSize <= table.Size; off += uint64(len(buf)) {
		b := buf[:min(uint64(len(buf)), table.Size-off)]
		if _, err := table.ReadAt(b, int64(off)); err != nil {
			return 0, false
		}
		for ; len(b) >= symbolSize; b = b[symbolSize:] {
			if uint64(half(b, 0)) == at {
				return word(b, 8), true
			}
		}
	}
	return 0, false
}

// nameOffset finds a whole name in a table of strings that end in a zero byte.
func nameOffset(names *elf.Section, name string) (uint64, bool) {
	want := []byte("\x00" + name + "\x00")
	buf := make([]byte, tableChunk)
	// Pieces overlap by what a name may stick out of one.
	for off := uint64(0); off < names.Size; off += tableChunk - uint64(len(want)) + 1 {
		b := buf[:min(tableChunk, names.Size-off)]
		if _, err := names.ReadAt(b, int64(off)); err != nil {
			return 0, false
		}
		if i := bytes.Index(b, want); i >= 0 {
			return off + uint64(i) + 1, true
		}
	}
	return 0, false
}
