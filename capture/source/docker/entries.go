package docker

import (
	"bytes"
	"time"

	"github.com/logcap/logcap/capture/jsontext"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/tail"
)

// entries is the decoder of one container's json-file log.
type entries struct {
	*assembly
	after int64    // entries are passed over until one is not before this moment, in Unix ns
	place [2]int64 // where the first fragment of each of joins begins
	used  int64    // bytes so far

	scanner jsontext.Scanner
}

// newEntries begins where cur is: at its place in the file, or, when the log
// was read over the API last, behind what it knows.
func newEntries(s *Source, cur *cursor) *entries {
	d := &entries{assembly: newAssembly(s, cur)}
	if at := cur.file(); at != nil {
		d.resume(at.marks())
	} else {
		var known marks
		d.after, known = cur.resume(s.opt.Engine.Clock())
		d.resume(known)
	}
	return d
}

// Decode implements source.Decoder.
func (d *entries) Decode(b *record.Batch, from int, _ int64, final bool) (used int) {
	buf := b.Buf
	for at := from; ; {
		n := bytes.IndexByte(buf[at:], '\n')
		if n < 0 {
			used = at - from
			break
		}
		d.entry(b, buf[at:at+n], at)
		at += n + 1
		d.used += int64(n + 1)
	}
	if final {
		if rest := len(buf) - from - used; rest > 0 {
			d.s.damaged.Add(uint64(rest)) // an entry that the engine did not end
			d.used += int64(rest)
			used += rest
		}
		d.emitRest(b, time.Time{})
	}
	return used
}

// entry takes one line of the file, which lies at `at` in the batch's buffer.
func (d *entries) entry(b *record.Batch, text []byte, at int) {
	e, err := parseEntry(&d.scanner, text)
	if err != nil {
		if len(bytes.Trim(text, "\x00 \r")) > 0 {
			d.s.damaged.Add(uint64(len(text)))
		}
		return
	}
	if e.time < d.after {
		return
	}
	d.after = 0 // later ones with earlier times were written after the clock was set back
	if d.known(e.stream, e.time) {
		return
	}
	open := d.joins[index(e.stream)].open
	_, whole := d.take(b, e.stream, e.time, e.text, at+e.at)
	switch {
	case whole:
		d.emit(b, e.stream, 0)
	case !open && d.joins[index(e.stream)].open:
		d.place[index(e.stream)] = d.used
	}
}

// Pending implements source.Decoder: from the first fragment of an open line on.
func (d *entries) Pending() int64 {
	first := d.used
	for i := range d.joins {
		if d.joins[i].open {
			first = min(first, d.place[i])
		}
	}
	return d.used - first
}

// Reset implements source.Decoder. There is nothing to forget: a line goes on
// in the next file when the engine rotates its log within it.
func (d *entries) Reset() {}

// positionAt is the place behind a batch, for both ways of reading.
func (d *entries) positionAt(at tail.Position) record.Position {
	p := d.position()
	p.kept.File = &filePlace{at, linesOf(d.behind(p.kept.marks()))}
	return p
}
