package zstdfast

import "github.com/klauspost/compress/huff0"

// Types of literals sections, section 3.1.1.3.1.1 of RFC 8878.
const (
	rawLiterals        = 0
	runLiterals        = 1
	compressedLiterals = 2
	treelessLiterals   = 3 // with the tree of a block before
)

// fewLiterals are not worth a tree; singleStream is below what four streams are worth.
const (
	fewLiterals  = 32
	singleStream = 1 << 10
)

// appendLiterals writes the literals section of a block. It says no when huff0
// fails, which it does for input that is too large alone.
func (e *Encoder) appendLiterals(dst []byte) ([]byte, bool) {
	l := e.literals
	e.huffman.WantLogLess = 4 // a sixteenth has to be saved, or the decoder's time is
	if len(l) < fewLiterals {
		return e.appendRaw(dst), true
	}
	compress := huff0.Compress4X
	if len(l) < singleStream {
		compress = huff0.Compress1X
	}
	out, again, err := compress(l, &e.huffman)
	switch err {
	case nil:
	case huff0.ErrIncompressible:
		return e.appendRaw(dst), true
	case huff0.ErrUseRLE:
		return append(appendSize(dst, runLiterals, len(l)), l[0]), true
	default:
		return dst, false
	}
	kind := uint64(compressedLiterals)
	if again {
		kind = treelessLiterals
	}
	e.huffman.Reuse = huff0.ReusePolicyAllow
	from, to := uint64(len(l)), uint64(len(out))
	var h uint64
	var bytes int
	switch most := max(from, to); {
	case from < singleStream:
		h, bytes = kind|from<<4|to<<14, 3
	case most < 1<<14:
		h, bytes = kind|2<<2|from<<4|to<<18, 4
	default:
		h, bytes = kind|3<<2|from<<4|to<<22, 5
	}
	for range bytes {
		dst = append(dst, byte(h))
		h >>= 8
	}
	return append(dst, out...), true
}

func (e *Encoder) appendRaw(dst []byte) []byte {
	return append(appendSize(dst, rawLiterals, len(e.literals)), e.literals...)
}

// appendSize writes the header of literals that are not compressed.
func appendSize(dst []byte, kind, n int) []byte {
	switch {
	case n < 1<<5:
		return append(dst, byte(kind|n<<3))
	case n < 1<<12:
		h := kind | 1<<2 | n<<4
		return append(dst, byte(h), byte(h>>8))
	}
	h := kind | 3<<2 | n<<4
	return append(dst, byte(h), byte(h>>8), byte(h>>16))
}
