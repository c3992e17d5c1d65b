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

// splitter is the state of split.
type splitter struct {
	e         *Encoder
	src       []byte
	literals  []byte
	sequences []sequence
	from      int // where the literals that belong to no sequence yet begin
	before    int // distance of the last sequence, in bytes
}

// split reads what S2 wrote of src. S2's matches have 64 bytes at most, or 3 more bytes to say more; zstd's may be as long as the block.
func (e *Encoder) split(src, in []byte) {
	e.lengths.clear()
	e.offsets.clear()
	e.copies.clear()
	s := splitter{e: e, src: src, literals: e.literals[:0], sequences: e.sequences[:0]}
	pos := 0               // in src
	at, length := 0, 0     // the match that is not a sequence yet, because more of it may come
	distance, last := 0, 0 // its distance, and S2's repeat offset
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
			case 62:
				n = int(in[i+1]) | int(in[i+2])<<8 | int(in[i+3])<<16
				i += 4
			}
			n++
			if length > 0 {
				s.add(at, length, distance)
				length = 0
			}
			pos += n
			i += n
			continue
		case 1: // a short or a repeated match
			d := int(tag&0xe0)<<3 | int(in[i+1])
			i += 2
			n &= 7
			if d > 0 {
				last = d
				n += 4
				break
			}
			switch n {
			default:
				n += 4
			case 5:
				n = int(in[i]) + 8
				i++
			case 6:
				n = int(binary.LittleEndian.Uint16(in[i:])) + 1<<8 + 4
				i += 2
			case 7:
				n = int(in[i]) | int(in[i+1])<<8 | int(in[i+2])<<16
				n += 1<<16 + 4
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
		switch {
		case length == 0:
			at, length, distance = pos, n, last
		case last == distance:
			length += n
		default:
			s.add(at, length, distance)
			at, length, distance = pos, n, last
		}
		pos += n
	}
	if length > 0 {
		s.add(at, length, distance)
	}
	s.copy(len(src))
	e.literals, e.sequences = s.literals, s.sequences
}

// add makes a sequence of the literals since the one before and a match.
func (s *splitter) add(at, length, distance int) {
	if length < leastMatch {
		return // they are literals then
	}
	q := sequence{literals: uint16(at - s.from), match: uint16(length - leastMatch), offset: uint32(distance + 3)}
	if distance == s.before && q.literals > 0 {
		q.offset = 1
	}
	s.before = distance
	s.copy(at)
	s.from = at + length
	s.sequences = append(s.sequences, q)
	s.e.lengths.count[lengthCode(q.literals)&63]++
	s.e.offsets.count[offsetCode(q.offset)&63]++
	s.e.copies.count[copyCode(q.match)&63]++
}

// copy takes the literals up to the given place in src. There is room for all of src and wide bytes more.
func (s *splitter) copy(to int) {
	have, n := len(s.literals), to-s.from
	all := s.literals[:cap(s.literals)]
	if n <= wide && s.from+wide <= len(s.src) {
		dst, src := all[have:have+wide], s.src[s.from:s.from+wide]
		binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(src))
		binary.LittleEndian.PutUint64(dst[8:], binary.LittleEndian.Uint64(src[8:]))
	} else {
		copy(all[have:], s.src[s.from:to])
	}
	s.literals = all[:have+n]
}

// The codes of sections 3.1.1.3.2.1.1: a code and so many more bits.
var (
	lengthCodes = makeCodes(lengthBits[:], 64)
	lengthBits  = [36]uint8{16: 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	copyCodes   = makeCodes(copyBits[:], 128)
	copyBits    = [53]uint8{32: 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	offsetBits  = makeOffsetBits()
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

func makeOffsetBits() (all [18]uint8) {
	for i := range all {
		all[i] = uint8(i)
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
