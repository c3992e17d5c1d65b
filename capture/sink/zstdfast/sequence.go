package zstdfast

import (
	"encoding/binary"
	"math/bits"
)

// sequence is literals and the match behind them, section 3.1.1.3.2 of RFC 8878.
// BlockBytes makes the lengths fit.
type sequence struct {
	literals uint16 // bytes
	match    uint16 // bytes, less leastMatch
	offset   uint32 // as an offset value: 1 is the offset of the sequence before, others are 3 more than the distance in bytes
}

const (
	leastMatch = 3  // bytes, in zstd
	wide       = 16 // bytes that a short run of literals is copied with
)

// split makes literals and sequences of what S2 wrote of a block. S2 writes a long
// match as several of one distance, which are one again here. It says no when a match is too short for zstd, which S2 finds none of.
func (e *Encoder) split(in []byte) bool {
	literals, sequences := e.literals[:cap(e.literals)], e.sequences[:0]
	lits, from := 0, 0       // how many literals there are, and there were before the match
	length := 0              // of the match that is not a sequence yet, because more of it may come
	distance, before := 0, 0 // of it, and of the sequence before
	last := 0                // the distance that S2 repeats
	for i := 0; i < len(in); {
		tag := in[i]
		n := int(tag >> 2)
		switch tag & 3 {
		case 0: // literals
			switch n {
			default:
				i++
			case 60:
				n = int(in[i+1])
				i += 2
			case 61:
				n = int(binary.LittleEndian.Uint16(in[i+1:]))
				i += 3
			}
			n++
		case 1: // a short match, or one with the distance of the last
			d := int(tag&0xe0)<<3 | int(in[i+1])
			i += 2
			n &= 7
			switch {
			case d > 0:
				last = d
				n += 4
			case n < 5:
				n += 4
			case n == 5:
				n = int(in[i]) + 8
				i++
			case n == 6:
				n = int(binary.LittleEndian.Uint16(in[i:])) + 260
				i += 2
			default:
				n = int(in[i]) | int(in[i+1])<<8 | int(in[i+2])<<16
				n += 65540
				i += 3
			}
		case 2:
			last = int(binary.LittleEndian.Uint16(in[i+1:]))
			n++
			i += 3
		case 3:
			last = int(binary.LittleEndian.Uint32(in[i+1:]))
			n++
			i += 5
		}
		if length > 0 && (tag&3 == 0 || last != distance) {
			if length < leastMatch {
				return false
			}
			sequences = append(sequences, sequence{uint16(lits - from), uint16(length - leastMatch), value(distance, before, lits-from)})
			before, from, length = distance, lits, 0
		}
		if tag&3 != 0 {
			distance = last
			length += n
			continue
		}
		if n <= wide && i+wide <= len(in) {
			to, text := literals[lits:lits+wide], in[i:i+wide]
			binary.LittleEndian.PutUint64(to, binary.LittleEndian.Uint64(text))
			binary.LittleEndian.PutUint64(to[8:], binary.LittleEndian.Uint64(text[8:]))
		} else {
			copy(literals[lits:], in[i:i+n])
		}
		lits += n
		i += n
	}
	if length >= leastMatch {
		sequences = append(sequences, sequence{uint16(lits - from), uint16(length - leastMatch), value(distance, before, lits-from)})
		length = 0
	}
	e.literals, e.sequences = literals[:lits], sequences
	return length == 0
}

// value is what a distance is written as. before is that of the sequence
// before, or 0; without literals between, zstd gives its number another meaning.
func value(distance, before, literals int) uint32 {
	if distance == before && literals > 0 {
		return 1
	}
	return uint32(distance + 3)
}

// The codes of section 3.1.1.3.2.1.1 of RFC 8878: a code and so many more bits. An offset's code is the number of its bits.
var (
	lengthCodes = makeCodes(lengthBits[:], 64)
	lengthBits  = [36]uint8{16: 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	copyCodes   = makeCodes(copyBits[:], 128)
	copyBits    = [53]uint8{32: 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
)

// makeCodes are the codes of the first n values.
func makeCodes(extra []uint8, n int) []uint8 {
	var all []uint8
	for code, b := range extra {
		for range 1 << b {
			if len(all) < n {
				all = append(all, uint8(code))
			}
		}
	}
	return all
}

func lengthCode(n uint16) uint8 {
	if n < 64 {
		return lengthCodes[n]
	}
	return uint8(bits.Len16(n)) + 18
}

// copyCode is that of a match length less leastMatch.
func copyCode(n uint16) uint8 {
	if n < 128 {
		return copyCodes[n]
	}
	return uint8(bits.Len16(n)) + 35
}

func offsetCode(value uint32) uint8 { return uint8(bits.Len32(value)) - 1 }
