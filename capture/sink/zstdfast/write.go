package zstdfast

import (
	"encoding/binary"
	"slices"
)

// The tables that every decoder has, section 3.1.1.3.2.2.
var (
	usualLengths = []int16{4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1}
	usualOffsets = []int16{1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1}
	usualCopies  = []int16{1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1}
)

// sequenceBytes is the most that one sequence takes: 8 bits of state for each part, 16 of each length and 17 of an offset.
const sequenceBytes = (3*8 + 2*16 + 17 + 7) / 8

// appendSequences writes the sequences section of a block. It says no when there are more than its header can count.
func (e *Encoder) appendSequences(dst []byte) ([]byte, bool) {
	n := len(e.sequences)
	switch {
	case n == 0:
		return append(dst, 0), true
	case n < 128:
		dst = append(dst, byte(n))
	case n < 0x7f00:
		dst = append(dst, byte(n>>8)+128, byte(n))
	default:
		return dst, false
	}
	e.count()
	modes := len(dst)
	dst = append(dst, 0)
	dst, lengths := e.lengths.prepare(dst, n, usualLengths, 6)
	dst, offsets := e.offsets.prepare(dst, n, usualOffsets, 5)
	dst, copies := e.copies.prepare(dst, n, usualCopies, 6)
	dst[modes] = lengths<<6 | offsets<<4 | copies<<2
	return e.encode(dst), true
}

// count says to the coders how often they will see each code.
func (e *Encoder) count() {
	e.lengths.count, e.offsets.count, e.copies.count = [64]uint32{}, [64]uint32{}, [64]uint32{}
	for i := range e.sequences {
		q := &e.sequences[i]
		e.lengths.count[lengthCode(q.literals)&63]++
		e.offsets.count[offsetCode(q.offset)&63]++
		e.copies.count[copyCode(q.match)&63]++
	}
}

// encode writes the sequences from the last to the first, so that they are decoded from the first.
func (e *Encoder) encode(dst []byte) []byte {
	dst = slices.Grow(dst, len(e.sequences)*sequenceBytes+32)
	w, out := writer{at: len(dst)}, dst[:cap(dst)]
	lengths, offsets, copies := &e.lengths, &e.offsets, &e.copies
	llNext, ofNext, mlNext := lengths.next, offsets.next, copies.next
	last := len(e.sequences) - 1
	var ll, of, ml uint32 // states
	for i := last; i >= 0; i-- {
		q := e.sequences[i]
		llc, ofc, mlc := lengthCode(q.literals)&63, offsetCode(q.offset)&31, copyCode(q.match)&63
		if i == last {
			ll, of, ml = lengths.first(llc), offsets.first(ofc), copies.first(mlc)
		} else {
			w, of = w.symbol(of, offsets.coding[ofc], ofNext)
			w, ml = w.symbol(ml, copies.coding[mlc], mlNext)
			w, ll = w.symbol(ll, lengths.coding[llc], llNext)
		}
		llb, mlb := uint(lengthBits[llc]), uint(copyBits[mlc])
		w = w.add(uint64(q.literals)&(1<<llb-1), llb).flush(out)
		w = w.add(uint64(q.match)&(1<<mlb-1), mlb)
		w = w.add(uint64(q.offset)&(1<<ofc-1), uint(ofc)).flush(out)
	}
	w = w.add(uint64(ml)&(1<<copies.log-1), uint(copies.log))
	w = w.add(uint64(of)&(1<<offsets.log-1), uint(offsets.log))
	w = w.add(uint64(ll)&(1<<lengths.log-1), uint(lengths.log))
	w = w.add(1, 1) // where the bits begin
	return w.end(out)
}

// writer writes bits, the lowest first. It is small enough to stay in registers; what it writes to has 8 bytes more than it needs.
type writer struct {
	bits uint64
	n    uint // of bits
	at   int
}

// add takes n bits of v, which has no others; 57 between two flushes.
func (w writer) add(v uint64, n uint) writer {
	w.bits |= v << (w.n & 63)
	w.n += n
	return w
}

// symbol writes what a symbol takes out of a state and is the state behind it.
func (w writer) symbol(state uint32, t coding, next []uint16) (writer, uint32) {
	n := (state + t.bits) >> 16 & 31
	return w.add(uint64(state)&(1<<n-1), uint(n)), uint32(next[int32(state>>n)+t.find])
}

// flush writes the whole bytes; 7 bits stay at most.
func (w writer) flush(out []byte) writer {
	binary.LittleEndian.PutUint64(out[w.at:w.at+8], w.bits)
	w.at += int(w.n >> 3)
	w.bits >>= w.n & 56
	w.n &= 7
	return w
}

// end writes what is left, up to a whole byte.
func (w writer) end(out []byte) []byte {
	w.n += 7
	return out[:w.flush(out).at]
}
