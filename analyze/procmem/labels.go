package procmem

import "strings"

// Bounds on what is believed of a goroutine's labels, which are the program's own.
const (
	maxLabels    = 64
	maxLabelText = 1 << 10
)

// labels reads the profiler labels a goroutine's struct points to; nil when it
// has none or they changed while they were read.
func (im *image) labels(m Memory, addr uint64) map[string]string {
	if addr == 0 {
		return nil
	}
	if im.layout.LabelMap {
		return im.labelMap(m, addr)
	}
	// A slice of pairs of strings (runtime/pprof, Go 1.24 and later).
	var h [16]byte
	if read(m, addr, h[:]) != nil {
		return nil
	}
	n := word(h[:], 8)
	if n == 0 || n > maxLabels {
		return nil
	}
	pairs := make([]byte, 32*n)
	if read(m, word(h[:], 0), pairs) != nil {
		return nil
	}
	out := map[string]string{}
	for i := uint32(0); i < uint32(n); i++ {
		key, ok1 := text(m, pairs[32*i:])
		value, ok2 := text(m, pairs[32*i+16:])
		if !ok1 || !ok2 {
			return nil
		}
		out[key] = value
	}
	return out
}

// labelMap reads the map[string]string of Go 1.22 and 1.23 (src/runtime/map.go)
// that is in the variable at addr: a header with the number of buckets, and
// buckets of eight with a byte each that says which places are taken.
func (im *image) labelMap(m Memory, addr uint64) map[string]string {
	var h [32]byte
	header, err := readWord(m, addr)
	if err != nil || header == 0 || read(m, header, h[:]) != nil {
		return nil
	}
	const (
		slots      = 8
		bucketSize = slots + slots*16 + slots*16 + 8
		taken      = 5 // the least of the marks that stand for an entry
	)
	n, buckets := word(h[:], 0), uint64(1)<<(h[9]&63)
	if n == 0 || n > maxLabels || buckets > maxLabels {
		return nil
	}
	out := map[string]string{}
	for i := range buckets {
		at := word(h[:], 16) + i*bucketSize
		for steps := 0; at != 0 && steps < maxLabels; steps++ {
			var b [bucketSize]byte
			if read(m, at, b[:]) != nil {
				return nil
			}
			for s := range slots {
				if b[s] < taken {
					continue
				}
				key, ok1 := text(m, b[slots+16*s:])
				value, ok2 := text(m, b[slots+slots*16+16*s:])
				if !ok1 || !ok2 {
					return nil
				}
				out[key] = value
			}
			at = word(b[:], bucketSize-8)
		}
	}
	return out
}

// text reads the string whose header is given.
func text(m Memory, header []byte) (string, bool) {
	at, n := word(header, 0), word(header, 8)
	if n > maxLabelText {
		return "", false
	}
	if n == 0 {
		return "", true
	}
	b := make([]byte, n)
	if read(m, at, b) != nil {
		return "", false
	}
	return strings.ToValidUTF8(string(b), "\uFFFD"), true
}
