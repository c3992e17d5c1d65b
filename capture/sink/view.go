package sink

import (
	"bytes"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/logcap/logcap/capture/record"
)

// view writes records for people: `name | message`, with "!" in place of "|"
// for what was written to stderr. Names take as many columns as the longest so far.
type view struct {
	color, time bool
	most        int // columns that a name may take
	width       int // columns that names take
	stamp       stamp
}

func newView(o StdoutOptions) view {
	if o.Width <= 0 {
		o.Width = 80
	}
	return view{color: o.Color, time: o.Time, most: max(8, o.Width/3)}
}

// append writes the records of b.
func (v *view) append(dst []byte, b *record.Batch) []byte {
	if len(b.Records) == 0 {
		return dst
	}
	var named [256]byte
	name := v.name(named[:0], b.Origin.Name)
	begin, end := "", ""
	if v.color {
		begin, end = colorOf(b.Origin.Name), reset
	}
	for i := range b.Records {
		r := &b.Records[i]
		for rest, more := b.Message(i), true; more; {
			var line []byte
			line, rest, more = bytes.Cut(rest, []byte{'\n'}) // a joined record has several
			if v.time {
				dst = v.stamp.append(dst, r.Time)
				dst = append(dst, ' ')
			}
			dst = append(dst, begin...)
			dst = append(dst, name...)
			if r.Stream == record.Stderr {
				dst = append(dst, " ! "...)
			} else {
				dst = append(dst, " | "...)
			}
			dst = append(dst, end...)
			dst = appendSafe(dst, bytes.TrimSuffix(line, []byte{'\r'}), v.color)
			if !more {
				dst = v.fields(dst, b, i)
			}
			dst = append(dst, '\n')
		}
	}
	return dst
}

// fields writes what JSON decoding took out of the line: key=value, the value as JSON.
func (v *view) fields(dst []byte, b *record.Batch, i int) []byte {
	for _, f := range b.Of(i) {
		key := b.Bytes(f.Key)
		dst = append(dst, ' ')
		dst = appendSafe(dst, key[1:len(key)-1], false)
		dst = append(dst, '=')
		dst = appendSafe(dst, b.Bytes(f.Value), false)
	}
	return dst
}

// name is an origin's name in as many columns as the others': the end of a
// long one is kept, because that is where paths and replicas differ.
func (v *view) name(dst []byte, name string) []byte {
	dst = appendSafe(dst, []byte(name), false)
	n := utf8.RuneCount(dst)
	if n > v.most {
		at := len(dst)
		for range v.most - 1 {
			_, size := utf8.DecodeLastRune(dst[:at])
			at -= size
		}
		dst = append([]byte("…"), dst[at:]...)
		n = v.most
	}
	v.width = max(v.width, n)
	for ; n < v.width; n++ {
		dst = append(dst, ' ')
	}
	return dst
}

const reset = "\x1b[0m"

// colorOf is the same colour for the same name in every run. Red is left to messages.
func colorOf(name string) string {
	colors := [...]string{"\x1b[36m", "\x1b[33m", "\x1b[32m", "\x1b[35m", "\x1b[34m", "\x1b[96m", "\x1b[93m", "\x1b[92m", "\x1b[95m", "\x1b[94m"}
	return colors[xxhash.Sum64String(name)%uint64(len(colors))]
}
