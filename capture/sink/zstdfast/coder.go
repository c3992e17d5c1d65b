package zstdfast

import (
	"math/bits"
	"slices"
)

// coder is an FSE coder of symbols below 64, section 4.1 of RFC 8878. The
// tables are made as in the reference implementation: states lie above the table's size, so that
// a symbol's part of the table and the bits that go out follow from the state by adding.
type coder struct {
	count  [64]uint32 // of each symbol in the block
	norm   [64]int16  // shares of the table; -1: less than one, and at its end
	log    uint8      // 2^log states
	spread []uint8    // the symbol of each state
	next   []uint16   // states in the order of their symbols
	coding [64]coding
}

// coding says how a symbol changes the state.
type coding struct {
	bits uint32 // added to the state, the number of bits that go out lies above the 16th bit
	find int32  // added to what is left of the state: an index of next
}

// modes of section 3.1.1.3.2.1.
const (
	predefinedMode = 0
	runMode        = 1
	tableMode      = 2
)

// fewSequences do not pay for tables of their own.
const fewSequences = 48

// prepare makes the table for total symbols that were counted, and writes what the decoder needs to make it too.
func (c *coder) prepare(dst []byte, total int, predefined []int16, log uint8) (_ []byte, mode uint8) {
	most := slices.Max(c.count[:])
	switch {
	case int(most) == total:
		symbol := slices.Index(c.count[:], most)
		c.log = 0
		c.next = append(c.next[:0], 0)
		c.coding[symbol] = coding{}
		return append(dst, byte(symbol)), runMode
	case total < fewSequences:
		c.norm = [64]int16{}
		copy(c.norm[:], predefined)
		c.log = log
		c.build()
		return dst, predefinedMode
	}
	c.log = uint8(max(6, min(8, bits.Len(uint(total))-2)))
	c.normalize(total)
	c.build()
	return c.appendTable(dst), tableMode
}

// normalize shares the states among the symbols as they were counted, one at least for each that there is.
func (c *coder) normalize(total int) {
	left, largest := 1<<c.log, 0
	for s, n := range c.count {
		c.norm[s] = 0
		if n == 0 {
			continue
		}
		share := max(1, (int(n)<<c.log+total/2)/total)
		c.norm[s] = int16(share)
		left -= share
		if c.norm[s] > c.norm[largest] {
			largest = s
		}
	}
	for ; left < 0; left++ {
		for s, n := range c.norm {
			if n > c.norm[largest] {
				largest = s
			}
		}
		c.norm[largest]--
	}
	c.norm[largest] += int16(left)
}

// build makes next and coding from norm.
func (c *coder) build() {
	size := 1 << c.log
	c.spread = slices.Grow(c.spread[:0], size)[:size]
	c.next = slices.Grow(c.next[:0], size)[:size]
	var first [64]int // of a symbol's states in next
	high, sum := size-1, 0
	for s, n := range c.norm {
		first[s] = sum
		switch {
		case n == 0:
			continue
		case n == -1:
			c.spread[high] = uint8(s)
			high--
			fallthrough
		case n == 1:
			c.coding[s] = coding{uint32(c.log)<<16 - uint32(size), int32(sum - 1)}
			sum++
		default:
			out := uint32(c.log) - uint32(bits.Len16(uint16(n-1))-1)
			c.coding[s] = coding{out<<16 - uint32(n)<<out, int32(sum) - int32(n)}
			sum += int(n)
		}
	}
	step, pos := size>>1+size>>3+3, 0
	for s, n := range c.norm {
		for range n {
			c.spread[pos] = uint8(s)
			for pos = (pos + step) & (size - 1); pos > high; pos = (pos + step) & (size - 1) {
			}
		}
	}
	for i, s := range c.spread {
		c.next[first[s]] = uint16(size + i)
		first[s]++
	}
}

// tableBytes is more than a table of 64 symbols takes: 9 bits each, and 2 for every third that there is not.
const tableBytes = 128

// appendTable writes norm, section 4.1.1.
func (c *coder) appendTable(dst []byte) []byte {
	w, out := writer{at: len(dst)}, slices.Grow(dst, tableBytes)
	out = out[:cap(out)]
	w = w.add(uint64(c.log-5), 4)
	left, width := 1<<c.log+1, uint(c.log)+1
	threshold := 1 << c.log
	for s := 0; left > 1; s++ {
		n := int(c.norm[s])
		value, spare := n+1, 2*threshold-1-left
		left -= n
		if value >= threshold {
			value += spare
		}
		if value < spare {
			w = w.add(uint64(value), width-1)
		} else {
			w = w.add(uint64(value), width)
		}
		for left < threshold {
			width--
			threshold >>= 1
		}
		if n == 0 { // and how many more there are
			run := 0
			for c.norm[s+1] == 0 {
				run++
				s++
			}
			for ; run >= 3; run -= 3 {
				w = w.add(3, 2)
			}
			w = w.add(uint64(run), 2)
		}
		w = w.flush(out)
	}
	return w.end(out)
}

// first is the state before the last symbol of a block, which is encoded first.
func (c *coder) first(symbol uint8) uint32 {
	if c.log == 0 {
		return 0
	}
	t := c.coding[symbol&63]
	out := (t.bits + 1<<15) >> 16
	return uint32(c.next[int32((out<<16-t.bits)>>out)+t.find])
}
