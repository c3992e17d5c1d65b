package file

import (
	"bytes"
	"strings"
)

// encoding is how the bytes of a log are text.
type encoding uint8

const (
	undecided encoding = iota // nothing but what may be a byte order mark has been seen
	narrow                    // a newline is one byte: UTF-8, ASCII, Latin-1 and their like
	utf16le
	utf16be
)

// orderMarks are the byte order marks, and what they say.
var orderMarks = []struct {
	mark     string
	encoding encoding
}{
	{"\xef\xbb\xbf", narrow},
	{"\xff\xfe", utf16le},
	{"\xfe\xff", utf16be},
}

// names are the encodings in a Mark.
var names = map[encoding]string{narrow: "bytes", utf16le: "utf-16le", utf16be: "utf-16be"}

// skips is what a Mark in the rest of a cut line begins with.
const skips = "cut "

// begin looks for a byte order mark at the beginning of a log, after the hole
// that a truncated file may begin with. It adds what it passes over to used and returns it.
func (d *Lines) begin(text []byte, final bool, used *int) int {
	n := 0
	for n < len(text) && text[n] == 0 {
		n++
	}
	d.tally.Hole += uint64(n)
	*used += n
	text = text[n:]
	for _, m := range orderMarks {
		if bytes.HasPrefix(text, []byte(m.mark)) {
			d.encoding = m.encoding
			*used += len(m.mark)
			return n + len(m.mark)
		}
		if !final && strings.HasPrefix(m.mark, string(text)) {
			return n // the rest of the mark may come
		}
	}
	d.encoding = narrow
	return n
}

// Mark is what Resume has to be told at the place that the decoder has come to.
func (d *Lines) Mark() string {
	if d.skipping {
		return skips + names[d.encoding]
	}
	return names[d.encoding]
}

// Resume says that what comes next was written behind a place at which Mark
// was mark. "" is the beginning of a log; an unknown mark is taken as bytes.
func (d *Lines) Resume(mark string) {
	d.Reset()
	if mark == "" {
		return
	}
	mark, d.skipping = strings.CutPrefix(mark, skips)
	d.encoding = narrow
	for e, name := range names {
		if name == mark {
			d.encoding = e
		}
	}
}

// Middle says that what comes next begins at a line in the middle of a log whose first bytes are head.
func (d *Lines) Middle(head []byte) {
	d.Reset()
	var used int
	d.begin(head, true, &used)
	d.tally.Hole -= min(d.tally.Hole, uint64(len(head)-len(bytes.TrimLeft(head, "\x00"))))
}

// binary says that a log that begins with head is not text. NUL bytes before
// the first other one are a hole, and UTF-16 is known by its mark.
//
//lint:ignore U1000 the discovery of files uses it
func binary(head []byte) bool {
	for _, m := range orderMarks[1:] {
		if bytes.HasPrefix(head, []byte(m.mark)) {
			return false
		}
	}
	return bytes.IndexByte(bytes.TrimLeft(head, "\x00"), 0) >= 0
}
