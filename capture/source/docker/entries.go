package docker

import (
	"bytes"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/tail"
)

// entries is the decoder of one container's json-file log, and the same account
// of its lines as a follow keeps, so that a container can be read in either way after a restart.
type entries struct {
	s      *Source
	cur    *cursor
	lines  []seen // of the batch, not yet in cur
	known  map[seen]int
	after  int64 // entries before this moment are passed over, in Unix ns
	until  int64 // known lines are not later than this, in Unix ns
	joins  [3]joined
	opened [3]uint64 // number of the first fragment of each of joins
	place  [3]int64  // and where it begins
	used   int64     // bytes so far
}

// newEntries begins where cur is. When the log was read over the API last,
// everything that cur knows is passed over.
func newEntries(s *Source, cur *cursor) *entries {
	d := &entries{s: s, cur: cur, after: cur.begin}
	if (cur.file == nil || cur.past) && cur.newest != 0 {
		d.after, d.known, d.until = cur.since(), cur.known(), cur.newest+window
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
		for stream := range d.joins {
			if d.joins[stream].open {
				d.s.partial.Add(1)
				d.emit(b, record.Stream(stream), record.Partial)
			}
		}
	}
	return used
}

// entry takes one line of the file, which lies at `at` in the batch's buffer.
func (d *entries) entry(b *record.Batch, text []byte, at int) {
	e, err := parseEntry(text)
	if err != nil {
		if len(bytes.Trim(text, "\x00 \r")) > 0 {
			d.s.damaged.Add(uint64(len(text)))
		}
		return
	}
	if e.time < d.after || d.isKnown(seen{e.time, hashOf(e.stream, e.text)}) {
		return
	}
	d.lines = append(d.lines, seen{e.time, hashOf(e.stream, e.text)})
	whole := len(e.text) > 0 && e.text[len(e.text)-1] == '\n'
	j := &d.joins[e.stream]
	line := trimEnd(e.text)
	if !whole || j.open {
		if !j.open {
			d.opened[e.stream], d.place[e.stream] = d.cur.next()+uint64(len(d.lines))-1, d.used
		}
		d.s.overLong.Add(uint64(j.add(line, e.time, d.s.opt.MaxLine)))
		if whole {
			d.emit(b, e.stream, 0)
		}
		return
	}
	r := record.Record{Time: e.time, Stream: e.stream}
	if len(line) > d.s.opt.MaxLine {
		d.s.overLong.Add(uint64(len(line) - d.s.opt.MaxLine))
		d.s.cut.Add(1)
		line, r.Flags = line[:d.s.opt.MaxLine], record.Cut
	}
	start := uint32(at + e.at)
	r.Message = record.Span{Start: start, End: start + uint32(len(line))}
	b.Records = append(b.Records, r)
}

// isKnown says that an entry was read over the API before.
func (d *entries) isKnown(line seen) bool {
	if d.known == nil {
		return false
	}
	if n := d.known[line]; n > 0 {
		d.known[line] = n - 1
		d.s.doubles.Add(1)
		return true
	}
	if line.time > d.until {
		d.known, d.after = nil, 0
	}
	return false
}

// emit adds a line that came in fragments. Its text goes behind what is in the buffer.
func (d *entries) emit(b *record.Batch, stream record.Stream, flags record.Flags) {
	j := &d.joins[stream]
	r := record.Record{Time: j.time, Stream: stream, Flags: flags}
	if j.cut {
		r.Flags |= record.Cut
		d.s.cut.Add(1)
	}
	b.Append(r, j.text)
	j.reset()
}

// Pending implements source.Decoder: from the first fragment of an open line on.
func (d *entries) Pending() int64 {
	first := d.used
	for stream := range d.joins {
		if d.joins[stream].open {
			first = min(first, d.place[stream])
		}
	}
	return d.used - first
}

// Reset implements source.Decoder. A line goes on in the next file when the log
// is rotated within it; a position, which is in one file, then leaves its beginning out.
func (d *entries) Reset() {
	for stream := range d.place {
		d.place[stream] = d.used
	}
}

// position is the place behind a batch, for both ways of reading.
func (d *entries) position(at tail.Position) record.Position {
	open := none
	for stream := range d.joins {
		if d.joins[stream].open {
			open = min(open, d.opened[stream])
		}
	}
	p := &filePlace{place: d.cur.add(d.lines, open), at: at}
	d.lines = d.lines[:0]
	return p
}

// filePlace is a position in a json-file log.
type filePlace struct {
	*place
	at tail.Position
}

// Commit implements record.Position.
func (p *filePlace) Commit() {
	p.place.Commit()
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.c.file, p.c.past = &p.at, false
}
