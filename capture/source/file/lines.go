package file

import (
	"bytes"

	"github.com/logcap/logcap/capture/record"
)

// LinesOptions are what can be chosen about lines. The zero value is ready for use.
type LinesOptions struct {
	MaxLine   int  // bytes of a line that are kept; 0: 1 MiB
	SplitLong bool // a longer line becomes several records, all but the last marked Partial; false: what is over is counted and cut
}

// Lines is the decoder of text: a record for each line, without its newline
// and without a carriage return before it. UTF-16 with a byte order mark
// becomes UTF-8; all other bytes stay what they are, valid UTF-8 or not.
type Lines struct {
	opt      LinesOptions
	encoding encoding
	skipping bool // the rest of a line that was cut is being passed over
	clean    int  // so many of the bytes that come next were seen before and hold no newline
	tally    Tally
}

// Tally is what a decoder has given up, and what it has sent without its end.
type Tally struct {
	Cut      uint64 // lines longer than the limit that were cut
	Partial  uint64 // records marked Partial
	OverLong uint64 // bytes cut off such lines
	Hole     uint64 // NUL bytes before the first line: what truncation leaves under a writer that does not append
}

// NewLines is a decoder at the beginning of a log.
func NewLines(opt LinesOptions) *Lines {
	if opt.MaxLine <= 0 {
		opt.MaxLine = 1 << 20
	}
	return &Lines{opt: opt}
}

// Decode is source.Decoder's.
func (d *Lines) Decode(b *record.Batch, from int, now int64, final bool) (used int) {
	if d.encoding == undecided {
		from += d.begin(b.Buf[from:], final, &used)
		if d.encoding == undecided {
			return used
		}
	}
	if d.encoding == utf16le || d.encoding == utf16be {
		return used + d.wide(b, from, now, final)
	}
	return used + d.narrow(b, from, now, final)
}

// narrow decodes an encoding in which a newline is the byte 0x0a and nothing else is.
func (d *Lines) narrow(b *record.Batch, from int, now int64, final bool) (used int) {
	buf, line := b.Buf, from
	search := min(from+d.clean, len(buf))
	if d.skipping {
		end := bytes.IndexByte(buf[line:], '\n')
		if end < 0 {
			d.tally.OverLong += uint64(len(buf) - line)
			d.skipping = !final
			return len(buf) - from
		}
		d.tally.OverLong += uint64(end)
		d.skipping = false
		line += end + 1
		search = line
	}
	records := b.Records
	for {
		n := bytes.IndexByte(buf[search:], '\n')
		if n < 0 {
			break
		}
		end := search + n
		stop := end
		if stop > line && buf[stop-1] == '\r' {
			stop--
		}
		if stop-line > d.opt.MaxLine {
			var cut bool
			if records, line, cut = d.long(records, buf[:stop], line, now); cut {
				d.tally.OverLong += uint64(end - line)
				line, search = end+1, end+1
				continue
			}
		}
		records = append(records, record.Record{Time: now, Message: record.Span{Start: uint32(line), End: uint32(stop)}})
		line, search = end+1, end+1
	}
	// A carriage return at the end may belong to the newline that comes next.
	rest := buf[:len(buf):len(buf)]
	if !final && len(buf) > line && buf[len(buf)-1] == '\r' {
		rest = rest[:len(buf)-1]
	}
	if len(rest)-line > d.opt.MaxLine {
		var cut bool
		if records, line, cut = d.long(records, rest, line, now); cut {
			d.tally.OverLong += uint64(len(buf) - line)
			d.skipping = !final
			line = len(buf)
		}
	}
	if final && line < len(buf) {
		d.tally.Partial++
		records = append(records, record.Record{Time: now, Message: record.Span{Start: uint32(line), End: uint32(len(buf))}, Flags: record.Partial})
		line = len(buf)
	}
	b.Records = records
	d.clean = len(buf) - line
	return line - from
}

// long makes records of the beginning of a line that goes from line to the end
// of text at least and is over the limit. next is where the rest of it begins,
// which is given up when cut, and is within the limit otherwise.
func (d *Lines) long(records []record.Record, text []byte, line int, now int64) (_ []record.Record, next int, cut bool) {
	for len(text)-line > d.opt.MaxLine {
		end := wholeRune(text, line, line+d.opt.MaxLine)
		r := record.Record{Time: now, Message: record.Span{Start: uint32(line), End: uint32(end)}}
		line = end
		if !d.opt.SplitLong {
			d.tally.Cut++
			r.Flags = record.Cut
			return append(records, r), line, true
		}
		d.tally.Partial++
		r.Flags = record.Partial
		records = append(records, r)
	}
	return records, line, false
}

// wholeRune is the place at or shortly before end at which no UTF-8 sequence is cut in two.
func wholeRune(text []byte, line, end int) int {
	for at := end; at > end-4 && at > line; at-- {
		if text[at]&0xc0 != 0x80 { // not within a sequence
			if text[at] >= 0xc0 {
				return at
			}
			break
		}
	}
	return end
}

// Pending is 0: the beginning of a line is not used before its end is there,
// and that the rest of a cut line is to be passed over is in the Mark.
func (d *Lines) Pending() int64 { return 0 }

// Reset is source.Decoder's.
func (d *Lines) Reset() { *d = Lines{opt: d.opt, tally: d.tally} }

// Tally is what has been given up since the decoder was made.
func (d *Lines) Tally() Tally { return d.tally }
