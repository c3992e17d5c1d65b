package procmem

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// fakeMemory is memory made of pieces, each at an address.
type fakeMemory map[uint64][]byte

func (m fakeMemory) Read(segments []Segment) error {
	for i := range segments {
		s := &segments[i]
		s.OK = false
		for at, piece := range m {
			if s.Addr >= at && s.Addr-at <= uint64(len(piece)) && uint64(len(s.Buf)) <= uint64(len(piece))-(s.Addr-at) {
				copy(s.Buf, piece[s.Addr-at:])
				s.OK = true
			}
		}
	}
	return nil
}

// altered is memory of which a test changes what is read.
type altered struct {
	Memory
	change func(s *Segment)
}

func (a altered) Read(segments []Segment) error {
	if err := a.Memory.Read(segments); err != nil {
		return err
	}
	for i := range segments {
		a.change(&segments[i])
	}
	return nil
}

// overlay writes a word at an address into whatever part of it a segment holds.
func overlay(s *Segment, addr, value uint64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], value)
	for i := range b {
		if at := addr + uint64(i); at >= s.Addr && at < s.Addr+uint64(len(s.Buf)) {
			s.Buf[at-s.Addr] = b[i]
		}
	}
}

// The small program of these tests: main.outer at textStart, 64 bytes long, in
// whose bytes 16 to 31 main.inner is inlined, and runtime.goexit behind it.
const (
	tableAt   = 0x10_0000
	textStart = 0x40_0000
	textEnd   = textStart + 128
	gofuncAt  = tableAt + 0x800
)

// smallTable is its table of functions, byte by byte as the linker writes it
// (src/cmd/link/internal/ld/pcln.go), padded to 4 KiB.
func smallTable() []byte {
	const (
		names, cus, files, pctab, funcs = 0x80, 0x100, 0x140, 0x180, 0x200
		outerName, innerName, exitName  = 1, 12, 23
	)
	t := make([]byte, 0x1000)
	put := func(at int, v uint32) { binary.LittleEndian.PutUint32(t[at:], v) }
	put64 := func(at int, v uint64) { binary.LittleEndian.PutUint64(t[at:], v) }
	put(0, pcHeaderMagic)
	t[6], t[7] = 1, 8
	put64(8, 2)
	for i, v := range []uint64{textStart, names, cus, files, pctab, funcs} {
		put64(24+8*i, v)
	}
	copy(t[names:], "\x00main.outer\x00main.inner\x00runtime.goexit\x00")
	put(cus, 0)
	copy(t[files:], "main.go\x00")
	// Tables of values by address: a difference, zig-zag, and how many bytes it holds for.
	pcsp, pcfile, pcln, pcinl, exitsp := pctab+1, pctab+8, pctab+16, pctab+32, pctab+48
	copy(t[pcsp:], []byte{34, 64, 0})                 // the frame has 16 bytes
	copy(t[pcfile:], []byte{2, 64, 0})                // file 0
	copy(t[pcln:], []byte{22, 16, 20, 16, 17, 32, 0}) // lines 10, 20, 11
	copy(t[pcinl:], []byte{0, 16, 2, 16, 1, 32, 0})   // inlined call: none, 0, none
	copy(t[exitsp:], []byte{2, 64, 0})                // no frame
	put(funcs, 0)
	put(funcs+4, 0x40)
	put(funcs+8, 64)
	put(funcs+12, 0xc0)
	put(funcs+16, 128)
	outer := funcs + 0x40
	for i, v := range []int{0, outerName, 0, 0, pcsp - pctab, pcfile - pctab, pcln - pctab, 3, 0, 9} {
		put(outer+4*i, uint32(v))
	}
	t[outer+43] = 4
	put(outer+functionSize+8, uint32(pcinl-pctab))
	for i := range 4 {
		put(outer+functionSize+12+4*i, ^uint32(0))
	}
	put(outer+functionSize+12+12, 0x20) // inlined calls: at gofunc + 0x20
	exit := funcs + 0xc0
	for i, v := range []int{64, exitName, 0, 0, exitsp - pctab, pcfile - pctab, exitsp - pctab, 0, 0, 5} {
		put(exit+4*i, uint32(v))
	}
	const call = gofuncAt - tableAt + 0x20
	put(call+4, innerName)
	put(call+8, 12) // called from byte 12 of main.outer
	put(call+12, 18)
	return t
}

// smallStatic serves bytes as what is linked at tableAt.
func smallStatic(table []byte) *static {
	return &static{r: bytes.NewReader(table), pages: map[uint64][]byte{},
		segs: []elf.ProgHeader{{Type: elf.PT_LOAD, Vaddr: tableAt, Filesz: uint64(len(table))}}}
}

// smallImage is the small program, loaded where it was linked; the error is the table's.
func smallImage(table []byte) (*image, error) {
	im := &image{arch: elf.EM_X86_64, static: smallStatic(table), textLo: textStart, textHi: textEnd, layout: newest()}
	var err error
	if im.funcs, err = openFunctab(im.static, tableAt); err != nil {
		return nil, err
	}
	im.funcs.text, im.funcs.gofunc = textStart, gofuncAt
	return im, nil
}

// words is memory of these words.
func words(values ...uint64) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

// structOf writes a goroutine as the layout has it.
func structOf(l *GLayout, g G) []byte {
	b := make([]byte, l.Size)
	for at, v := range map[uint32]uint64{l.StackLo: g.StackLo, l.StackHi: g.StackHi, l.SchedSP: g.SP, l.SchedPC: g.PC, l.SchedLR: g.LR,
		l.ID: g.ID, l.Since: uint64(g.Since), l.Parent: g.Parent, l.GoPC: g.GoPC, l.StartPC: g.StartPC, l.Labels: g.Labels} {
		binary.LittleEndian.PutUint64(b[at:], v)
	}
	binary.LittleEndian.PutUint32(b[l.Status:], g.Status)
	b[l.Reason], b[l.Seq] = g.Reason, g.seq
	return b
}
