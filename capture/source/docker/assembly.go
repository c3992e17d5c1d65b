package docker

import (
	"time"

	"github.com/logcap/logcap/capture/record"
)

// assembly makes records of what the engine has a timestamp for, lines and
// fragments, in the order of the log and whichever way they were read; and it
// keeps account of them, so that a container can be read in either way after a restart.
type assembly struct {
	s     *Source
	cur   *cursor
	read  marks
	first int64 // time of the first line, in Unix ns; 0: none was read
	last  int64 // and of the last one
	again again
	joins [2]joined
	taken uint64 // lines and fragments that were not known
	told  uint64 // those among them of which a position knows
}

// joined is a line of which fragments have come.
type joined struct {
	text   []byte
	time   int64
	cut    bool // it is longer than the limit: the rest is counted
	open   bool
	number uint64    // of its first fragment, among all that were taken
	before marks     // of the log, before that
	coming marks     // the lines behind it that were read in a run before
	grown  time.Time // when the last fragment came
}

// newAssembly goes on where cur is.
func newAssembly(s *Source, cur *cursor) *assembly {
	return &assembly{s: s, cur: cur, read: cur.marks(), last: cur.latest()}
}

// resume begins to read at, or before, what was read: m are the lines that are known then.
func (a *assembly) resume(m marks) { a.again.comes(m) }

// known says that a line or fragment was read before the log was opened again.
// It is asked for each, once, before take.
func (a *assembly) known(stream record.Stream, t int64) bool {
	if !a.again.known(stream, t) {
		return false
	}
	a.s.doubles.Add(1)
	return true
}

// take takes a line or fragment whose text lies in b's buffer at `at`. used
// says that a record holds on to these bytes; whole, that a line which came in fragments is
// complete: it wants an emit once the buffer's end is where it may go.
func (a *assembly) take(b *record.Batch, stream record.Stream, t int64, text []byte, at int) (used, whole bool) {
	j := &a.joins[index(stream)]
	before := a.read
	a.read.note(stream, t)
	if !a.again.ended() {
		a.read.last = record.NoStream // of the other stream more was read than up to here
	}
	a.last = t
	if a.first == 0 {
		a.first = t
	}
	a.taken++
	ended := len(text) > 0 && text[len(text)-1] == '\n'
	line := trimEnd(text)
	if !ended || j.open {
		if !j.open {
			j.before, j.coming, j.number = before, a.again.coming(), a.taken
		}
		a.s.overLong.Add(uint64(j.add(line, t, a.s.opt.MaxLine)))
		j.grown = a.s.opt.Now()
		return false, ended
	}
	r := record.Record{Time: t, Stream: stream}
	if over := len(line) - a.s.opt.MaxLine; over > 0 {
		a.s.overLong.Add(uint64(over))
		a.s.cut.Add(1)
		line, r.Flags = line[:a.s.opt.MaxLine], record.Cut
	}
	r.Message = record.Span{Start: uint32(at), End: uint32(at + len(line))}
	b.Records = append(b.Records, r)
	return true, false
}

// emit adds a line that came in fragments. Its text goes behind what is in the buffer.
func (a *assembly) emit(b *record.Batch, stream record.Stream, flags record.Flags) {
	j := &a.joins[index(stream)]
	r := record.Record{Time: j.time, Stream: stream, Flags: flags}
	if j.cut {
		r.Flags |= record.Cut
		a.s.cut.Add(1)
	}
	b.Append(r, j.text)
	j.reset()
}

// emitRest adds lines whose end will not come, those that have not grown since `before`, as they are; all of them when it is zero.
func (a *assembly) emitRest(b *record.Batch, before time.Time) {
	for i, stream := range streams {
		if j := &a.joins[i]; j.open && (before.IsZero() || j.grown.Before(before)) {
			a.s.partial.Add(1)
			a.emit(b, stream, record.Partial)
		}
	}
}

// open says that a line has begun whose end is not there yet, and since when it has not grown.
func (a *assembly) open() (since time.Time, yes bool) {
	for i := range a.joins {
		if j := &a.joins[i]; j.open && (!yes || j.grown.Before(since)) {
			since, yes = j.grown, true
		}
	}
	return since, yes
}

// position is the place behind what was taken. Of a line that has begun nothing counts as read.
func (a *assembly) position() *place {
	next, acked := a.last, a.read
	for i := range a.joins {
		if j := &a.joins[i]; j.open {
			next = min(next, j.time)
			acked.of[i], acked.last = j.before.of[i], record.NoStream
		}
	}
	a.cur.sent(a.read, next, a.first)
	a.told = a.taken
	return &place{a.cur, kept{Since: next, lines: linesOf(acked)}}
}

// behind are the lines that were read and lie behind the place that a reader of
// the file goes back to: behind the first fragment of the line that was begun first and has no end yet.
func (a *assembly) behind(acked marks) marks {
	var first *joined
	for i := range a.joins {
		if j := &a.joins[i]; j.open && (first == nil || j.number < first.number) {
			first = j
		}
	}
	if first == nil {
		return a.again.coming()
	}
	acked.last = record.NoStream
	for i := range acked.of {
		m := &acked.of[i]
		if m.Time == first.before.of[i].Time {
			m.Count += first.coming.of[i].Count - first.before.of[i].Count
		}
		if m.Count == 0 {
			*m = mark{}
		}
	}
	return acked
}

// trimEnd is text without its newline, and without the carriage return that a terminal puts before it.
func trimEnd(text []byte) []byte {
	n := len(text)
	if n > 0 && text[n-1] == '\n' {
		n--
		if n > 0 && text[n-1] == '\r' {
			n--
		}
	}
	return text[:n]
}

// add adds a fragment and says how many bytes were given up.
func (j *joined) add(text []byte, t int64, most int) (lost int) {
	if !j.open {
		j.open, j.time, j.cut = true, t, false
	}
	room := max(0, most-len(j.text))
	if len(text) > room {
		lost = len(text) - room
		text, j.cut = text[:room], true
	}
	j.text = append(j.text, text...)
	return lost
}

// reset forgets the line and its memory: long lines are rare, and containers many.
func (j *joined) reset() { j.open, j.text = false, nil }
