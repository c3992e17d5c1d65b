// Package faults is what the collector is judged with: numbered lines, the
// rotations of a log, a receiver that fails as destinations do, and the judge
// that says what was lost, doubled, reordered or mangled. It knows nothing of
// the collector: what it judges are bytes.
package faults

import (
	"bytes"
	"strconv"

	"github.com/cespare/xxhash/v2"
)

// linePrefix begins every numbered line, so that others beside them are told apart.
const linePrefix = "line "

// AppendLine appends the numbered line `line WRITER SEQ CHECK padding…` with its
// newline. WRITER has no spaces; SEQ counts from 1; CHECK is the xxhash64 of
// writer, number and padding, so that two lines that were run together, or one
// that was cut, are not taken for a whole one. The line is size bytes long with
// its newline, or as long as it has to be.
func AppendLine(b []byte, writer string, seq uint64, size int) []byte {
	start := len(b)
	b = append(b, linePrefix...)
	b = append(b, writer...)
	b = append(b, ' ')
	b = strconv.AppendUint(b, seq, 10)
	b = append(b, ' ')
	at := len(b)
	b = append(b, "0000000000000000 "...)
	const letters = "abcdefghijklmnopqrstuvwxyz"
	for i := int(seq % 26); len(b)-start < size-1; i++ {
		b = append(b, letters[i%26])
	}
	copy(b[at:at+16], check(b[start+len(linePrefix):at-1], b[at+17:]))
	return append(b, '\n')
}

// ParseLine reads a line that AppendLine made, with or without its newline. whole is
// false when it is a numbered line that is not as it was written; ours is false when it is none.
func ParseLine(line []byte) (writer string, seq uint64, whole, ours bool) {
	line = bytes.TrimSuffix(line, []byte("\n"))
	rest, ours := bytes.CutPrefix(line, []byte(linePrefix))
	if !ours {
		return "", 0, false, false
	}
	name, rest, ok := bytes.Cut(rest, []byte(" "))
	if !ok {
		return "", 0, false, true
	}
	number, rest, ok := bytes.Cut(rest, []byte(" "))
	if !ok {
		return string(name), 0, false, true
	}
	seq, err := strconv.ParseUint(string(number), 10, 64)
	if err != nil || len(rest) < 17 || rest[16] != ' ' {
		return string(name), seq, false, true
	}
	head := line[len(linePrefix) : len(linePrefix)+len(name)+1+len(number)]
	return string(name), seq, bytes.Equal(rest[:16], check(head, rest[17:])), true
}

// check is 16 hex digits.
func check(head, padding []byte) []byte {
	h := xxhash.New()
	_, _ = h.Write(head)
	_, _ = h.Write([]byte{0})
	_, _ = h.Write(padding)
	text := strconv.AppendUint(nil, h.Sum64(), 16)
	return append(bytes.Repeat([]byte{'0'}, 16-len(text)), text...)
}
