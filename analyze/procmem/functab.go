package procmem

import (
	"fmt"
	"sort"
)

// functab turns a program counter into functions, files and lines. It reads the
// table that every Go binary carries for its own tracebacks, also a stripped
// one; src/runtime/symtab.go and src/internal/abi/symtab.go of Go 1.22 to 1.27
// are the format's source. Addresses here are those the program was linked for.
type functab struct {
	static *static
	addr   uint64 // of the pcHeader

	nfunc                           int
	quantum                         uint64
	names, cus, files, pctab, funcs uint64 // addresses of the tables
	text                            uint64 // what entries are relative to
	gofunc                          uint64 // what function data is relative to; 0: inlined calls are not known
}

// pcHeaderMagic is that of Go 1.20 and all later ones so far.
const pcHeaderMagic = 0xfffffff1

const pcHeaderSize = 8 + 8*8

// The numbers of the tables for each function (internal/abi).
const (
	pcdataInlTreeIndex = 2
	funcdataInlTree    = 3
)

// openFunctab reads the header at addr. Text and gofunc are in the module data
// and are set by who has found it.
func openFunctab(s *static, addr uint64) (*functab, error) {
	h := make([]byte, pcHeaderSize)
	if err := s.read(addr, h); err != nil {
		return nil, err
	}
	if half(h, 0) != pcHeaderMagic || h[4] != 0 || h[5] != 0 || h[7] != 8 {
		return nil, fmt.Errorf("the table of functions begins with % x, and Go 1.20 or later has f1 ff ff ff 00 00 on 64-bit machines", h[:8])
	}
	t := &functab{static: s, addr: addr, nfunc: int(word(h, 8)), quantum: uint64(h[6]), text: word(h, 24),
		names: addr + word(h, 32), cus: addr + word(h, 40), files: addr + word(h, 48), pctab: addr + word(h, 56), funcs: addr + word(h, 64)}
	if t.nfunc <= 0 || t.nfunc > 1<<26 {
		return nil, fmt.Errorf("the table of functions counts %d of them", t.nfunc)
	}
	return t, nil
}

// function is one function of the program.
type function struct {
	entry     uint64
	nameOff   int32
	pcsp      uint32
	pcfile    uint32
	pcln      uint32
	cuOffset  uint32
	startLine int32
	pcdata    uint32 // of the table of inlined calls; 0 none
	inlTree   uint64 // address of the inlined calls; 0 none
	id        uint8  // the runtime's number of functions that are special to it
}

const functionSize = 44

// at finds the function that holds pc.
func (t *functab) at(pc uint64) (function, bool) {
	if pc < t.text {
		return function{}, false
	}
	off := pc - t.text
	var b [8]byte
	failed := false
	entry := func(i int) uint32 {
		if err := t.static.read(t.funcs+8*uint64(i), b[:4]); err != nil {
			failed = true
		}
		return half(b[:], 0)
	}
	i := sort.Search(t.nfunc, func(i int) bool { return uint64(entry(i)) > off }) - 1
	if i < 0 || failed || off >= uint64(entry(t.nfunc)) && i == t.nfunc-1 {
		return function{}, false
	}
	f, err := t.load(i)
	return f, err == nil
}

// load reads the i-th function of the table.
func (t *functab) load(i int) (function, error) {
	var b [8]byte
	if err := t.static.read(t.funcs+8*uint64(i), b[:]); err != nil {
		return function{}, err
	}
	addr := t.funcs + uint64(half(b[:], 4))
	var h [functionSize]byte
	if err := t.static.read(addr, h[:]); err != nil {
		return function{}, err
	}
	f := function{entry: t.text + uint64(half(h[:], 0)), nameOff: signed(h[:], 4), pcsp: half(h[:], 16), pcfile: half(h[:], 20),
		pcln: half(h[:], 24), cuOffset: half(h[:], 32), startLine: signed(h[:], 36), id: h[40]}
	npcdata, nfuncdata := half(h[:], 28), uint32(h[43])
	if npcdata > 64 {
		return function{}, fmt.Errorf("function %d has %d tables", i, npcdata)
	}
	if npcdata > pcdataInlTreeIndex {
		if err := t.static.read(addr+functionSize+4*pcdataInlTreeIndex, b[:4]); err != nil {
			return function{}, err
		}
		f.pcdata = half(b[:], 0)
	}
	if nfuncdata > funcdataInlTree && t.gofunc != 0 {
		if err := t.static.read(addr+functionSize+4*uint64(npcdata)+4*funcdataInlTree, b[:4]); err != nil {
			return function{}, err
		}
		if off := half(b[:], 0); off != ^uint32(0) {
			f.inlTree = t.gofunc + uint64(off)
		}
	}
	return f, nil
}

func (t *functab) name(off int32) string {
	name, err := t.static.cstring(t.names + uint64(off))
	if err != nil {
		return ""
	}
	return name
}

func (t *functab) file(f function, index int32) string {
	if index < 0 {
		return "?"
	}
	var b [4]byte
	if err := t.static.read(t.cus+4*(uint64(f.cuOffset)+uint64(index)), b[:]); err != nil {
		return "?"
	}
	off := half(b[:], 0)
	if off == ^uint32(0) {
		return "?"
	}
	name, err := t.static.cstring(t.files + uint64(off))
	if err != nil {
		return "?"
	}
	return name
}

// value looks pc up in one of the function's tables: pairs of a difference of
// values, zig-zag, and one of addresses in units of the quantum, until a zero.
func (t *functab) value(table uint32, f function, pc uint64) (int32, bool) {
	if table == 0 {
		return -1, false
	}
	addr := t.pctab + uint64(table)
	at, value := f.entry, int32(-1)
	for first := true; ; first = false {
		uv, n := t.varint(addr)
		if n == 0 || uv == 0 && !first {
			return -1, false
		}
		addr += n
		if uv&1 != 0 {
			uv = ^(uv >> 1)
		} else {
			uv >>= 1
		}
		value += int32(uv)
		step, n := t.varint(addr)
		if n == 0 {
			return -1, false
		}
		addr += n
		at += uint64(step) * t.quantum
		if pc < at {
			return value, true
		}
	}
}

// varint reads a number of up to 32 bits and gives how many bytes it took; 0 for none.
func (t *functab) varint(addr uint64) (v uint32, n uint64) {
	var b [1]byte
	for shift := uint(0); shift < 35; shift += 7 {
		if t.static.read(addr+n, b[:]) != nil {
			return 0, 0
		}
		n++
		v |= uint32(b[0]&0x7f) << shift
		if b[0]&0x80 == 0 {
			return v, n
		}
	}
	return 0, 0
}

// find gives the entries of the functions with these names, and 0 for those that are not there.
func (t *functab) find(names ...string) ([]function, error) {
	found := make([]function, len(names))
	left := len(names)
	for i := 0; i < t.nfunc && left > 0; i++ {
		f, err := t.load(i)
		if err != nil {
			return nil, err
		}
		for j, want := range names {
			if found[j].entry == 0 && t.named(f.nameOff, want) {
				found[j] = f
				left--
			}
		}
	}
	return found, nil
}

// named compares without building the string.
func (t *functab) named(off int32, want string) bool {
	var b [64]byte
	n := len(want) + 1
	if n > len(b) || t.static.read(t.names+uint64(off), b[:n]) != nil {
		return false
	}
	return b[n-1] == 0 && string(b[:n-1]) == want
}
