package procmem

import (
	"debug/elf"
	"fmt"
)

// moduleSize is how much of runtime.moduledata is read: beyond every field that is used.
const moduleSize = 512

// The first fields of runtime.moduledata are the same in Go 1.18 to 1.27: the
// address of the pcHeader, and the tables it describes as slices.
const (
	moduleHeader = 0
	moduleNames  = 8
	modulePctab  = 80
	moduleFuncs  = 104
	moduleMinPC  = 160
	moduleMaxPC  = 168
)

// findModule looks for runtime.firstmoduledata in the process's writable data:
// it begins with the address of the table of functions, and the slices after it
// lie where that table's header says. No symbol is needed.
func (im *image) findModule(m Memory, f *elf.File) ([]byte, error) {
	header := im.funcs.addr + im.bias
	for _, s := range moduleSections(f) {
		const chunk = 1 << 20
		for at := s.Addr; at < s.Addr+s.Size; at += chunk {
			buf := make([]byte, min(chunk, s.Addr+s.Size-at))
			if read(m, at+im.bias, buf) != nil {
				continue
			}
			for i := 0; i+8 <= len(buf); i += 8 {
				if word(buf, uint32(i)) != header {
					continue
				}
				module := make([]byte, moduleSize)
				if read(m, at+im.bias+uint64(i), module) == nil && im.isModule(module) {
					return module, nil
				}
			}
		}
	}
	return nil, fmt.Errorf("the runtime's module data was not found in the process's memory")
}

// isModule checks the fields that the table of functions tells too.
func (im *image) isModule(module []byte) bool {
	t := im.funcs
	return word(module, moduleHeader) == t.addr+im.bias && word(module, moduleNames) == t.names+im.bias &&
		word(module, modulePctab) == t.pctab+im.bias && word(module, moduleFuncs) == t.funcs+im.bias &&
		word(module, moduleMinPC) < word(module, moduleMaxPC)
}

// moduleSections are where linkers put the module data, the likeliest first.
func moduleSections(f *elf.File) []*elf.Section {
	var first, rest []*elf.Section
	for _, s := range f.Sections {
		if s.Type == elf.SHT_NOBITS || s.Flags&elf.SHF_ALLOC == 0 || s.Flags&elf.SHF_WRITE == 0 {
			continue
		}
		if s.Name == ".go.module" || s.Name == ".noptrdata" {
			first = append(first, s)
			continue
		}
		rest = append(rest, s)
	}
	return append(first, rest...)
}
