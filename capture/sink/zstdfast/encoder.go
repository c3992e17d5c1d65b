// Package zstdfast writes zstd frames (RFC 8878) with S2's match finder.
//
// A compressor has two halves: one finds what was there before, the other
// writes that down in few bits. S2 and zstd differ in the second. The first
// half of package s2 is written in assembly and takes a third of the time that
// the fastest level of package zstd does; the second half of zstd is Huffman and
// FSE coding, which makes the output a third smaller than S2's. Here the one is joined to the other.
package zstdfast

import (
	"encoding/binary"

	"github.com/klauspost/compress/huff0"
	"github.com/klauspost/compress/s2"
)

// BlockBytes is what one block of a frame holds at most, and the window that a decoder
// needs: no block refers to another one. What a block takes while it is made stays in a core's cache.
const BlockBytes = 64 << 10

// Types of blocks, section 3.1.1.2 of RFC 8878.
const (
	rawBlock        = 0
	compressedBlock = 2
)

// The window descriptor of section 3.1.1.1.2: 2^(10+6) bytes.
const window = 6 << 3

// Encoder writes one frame at a time: Begin, Block as often as needed, End. It
// allocates nothing once its buffers are made. Not for concurrent use. Its zero value is ready.
type Encoder struct {
	begin int    // of the frame, in what it is appended to
	block int    // of the last block's header there
	size  uint64 // bytes of content

	matches   []byte // a block as S2 writes it
	literals  []byte
	sequences []sequence
	huffman   huff0.Scratch
	lengths   coder // of literals
	offsets   coder
	copies    coder // of match lengths
}

// Append writes src as one frame.
func (e *Encoder) Append(dst, src []byte) []byte {
	return e.End(e.Block(e.Begin(dst), src))
}

// Begin writes the beginning of a frame. What it returns is to be given to Block or End as it is.
func (e *Encoder) Begin(dst []byte) []byte {
	e.begin, e.block, e.size = len(dst), -1, 0
	e.huffman.Reuse = huff0.ReusePolicyNone
	const eightByteSize = 3 << 6
	dst = append(dst, 0x28, 0xb5, 0x2f, 0xfd, eightByteSize, window)
	return append(dst, 0, 0, 0, 0, 0, 0, 0, 0) // the size, when it is known
}

// Block adds src to the frame, in blocks of its own.
func (e *Encoder) Block(dst, src []byte) []byte {
	for len(src) > BlockBytes {
		dst = e.add(dst, src[:BlockBytes])
		src = src[BlockBytes:]
	}
	if len(src) > 0 {
		dst = e.add(dst, src)
	}
	return dst
}

// End writes the end of the frame.
func (e *Encoder) End(dst []byte) []byte {
	if e.block < 0 {
		dst = e.raw(dst, nil)
	}
	dst[e.block] |= 1 // the last block says so
	binary.LittleEndian.PutUint64(dst[e.begin+6:], e.size)
	return dst
}

// add writes one block, as it is when that is shorter.
func (e *Encoder) add(dst, src []byte) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0)
	ok := e.find(src)
	if ok {
		dst, ok = e.appendLiterals(dst)
	}
	if ok {
		dst, ok = e.appendSequences(dst)
	}
	n := len(dst) - at - 3
	if !ok || n >= len(src) {
		e.huffman.Reuse = huff0.ReusePolicyNone // the decoder does not get the tree
		return e.raw(dst[:at], src)
	}
	header(dst[at:], compressedBlock, n)
	e.block = at
	e.size += uint64(len(src))
	return dst
}

func (e *Encoder) raw(dst, src []byte) []byte {
	e.block = len(dst)
	e.size += uint64(len(src))
	dst = append(dst, 0, 0, 0)
	header(dst[e.block:], rawBlock, len(src))
	return append(dst, src...)
}

// header is that of a block which is not the last.
func header(b []byte, kind, n int) {
	h := kind<<1 | n<<3
	b[0], b[1], b[2] = byte(h), byte(h>>8), byte(h>>16)
}

// find makes src into literals and sequences, if it can.
func (e *Encoder) find(src []byte) bool {
	if n := s2.MaxEncodedLen(len(src)); cap(e.matches) < n {
		e.matches = make([]byte, n)
	}
	if cap(e.literals) < len(src)+wide {
		e.literals = make([]byte, len(src)+wide)
	}
	e.matches = s2.Encode(e.matches[:cap(e.matches)], src)
	_, n := binary.Uvarint(e.matches) // the length, which is len(src)
	return e.split(e.matches[n:])
}
