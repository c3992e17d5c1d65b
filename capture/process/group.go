package process

import "github.com/logcap/logcap/capture/record"

// group is the lines of one stream that wait for what comes next: an event, and behind
// it lines of which it is not known yet whether they belong to it.
type group struct {
	lines []line
	text  []byte // what carried lines say

	rule   int   // by which the event began
	state  state // of the rule behind lines[:next]
	from   int   // the first rule to be asked when lines[0] is judged
	next   int   // lines[:next] are judged
	sure   int   // lines[:sure] are the event
	size   int   // bytes of lines[:next] with newlines between them
	headed bool  // lines[0] is the event's first line, and not the rest of one that was over a bound

	began, last int64 // when the first and the last line came
}

// line is a record that waits. Its text is in the batch being processed or, when it was carried, in its group.
type line struct {
	record.Record
	seq     uint64 // of its batch
	carried bool
}

// doubtful is how many lines may wait for one that shows that they belong to an event.
const doubtful = 32

func (g *group) textOf(b *record.Batch, l *line) []byte {
	if l.carried {
		return g.text[l.Message.Start:l.Message.End]
	}
	return b.Buf[l.Message.Start:l.Message.End]
}

// judge takes the lines that were not judged yet into the event, or ends it.
func (m *Multiline) judge(b *record.Batch, out []record.Record, g *group) []record.Record {
	for g.next < len(g.lines) {
		text := g.textOf(b, &g.lines[g.next])
		if g.next == 0 {
			g.rule, g.state = m.begin(text, g.from)
			g.from, g.next, g.sure, g.size, g.headed = 0, 1, 1, len(text), true
			if g.state == 0 {
				out = m.emit(b, out, g)
			}
			continue
		}
		s, v := m.rules[g.rule].goes(g.state, text)
		switch {
		case g.lines[g.next-1].Flags&record.Partial != 0, // what comes now is the rest of a line, or of another log
			v == maybe && g.next-g.sure >= doubtful:
			v = no
		}
		switch {
		case v == no:
			out = m.end(b, out, g)
			continue
		case g.size+1+len(text) > m.opt.MaxBytes || g.next >= m.opt.MaxLines:
			m.stats.Split++
			next := g.next - g.sure
			out = m.emit(b, out, g)
			g.sure, g.headed = 1, false
			if g.next = next; next > 0 {
				g.size = g.lines[0].Message.Len()
				for _, l := range g.lines[1:next] {
					g.size += 1 + l.Message.Len()
				}
				continue
			}
			g.size = -1
		}
		g.state = s
		g.next++
		g.size += 1 + len(text)
		if v == yes {
			g.sure = g.next
		}
	}
	return out
}

// end gives the event up: what is not a part of it is judged anew. A first line
// that nothing followed may begin an event by another rule.
func (m *Multiline) end(b *record.Batch, out []record.Record, g *group) []record.Record {
	if g.sure == 1 && g.headed {
		g.next, g.from = 0, g.rule+1
		return out
	}
	return m.emit(b, out, g)
}

// emit sends lines[:sure] on as one record; the rest is judged anew.
func (m *Multiline) emit(b *record.Batch, out []record.Record, g *group) []record.Record {
	lines := g.lines[:g.sure]
	r := lines[0].Record
	whole := !lines[0].carried // the text stands in the batch as it has to be
	for i := 1; i < len(lines) && whole; i++ {
		at := lines[i-1].Message.End
		whole = !lines[i].carried && lines[i].Message.Start == at+1 && b.Buf[at] == '\n'
	}
	if whole {
		r.Message.End = lines[len(lines)-1].Message.End
	} else {
		r.Message.Start = uint32(len(b.Buf))
		for i := range lines {
			if i > 0 {
				b.Buf = append(b.Buf, '\n')
			}
			b.Buf = append(b.Buf, g.textOf(b, &lines[i])...)
		}
		r.Message.End = uint32(len(b.Buf))
	}
	if len(lines) > 1 {
		for i := range lines {
			r.Flags |= lines[i].Flags
		}
		r.Flags |= record.Joined
		m.stats.Joined += uint64(len(lines) - 1)
	}
	g.lines = append(g.lines[:0], g.lines[g.sure:]...)
	g.next, g.sure, g.began = 0, 0, m.now
	return append(out, r)
}

// carry copies what waits out of the batch, which is about to go on.
func (g *group) carry(b *record.Batch) {
	const kept = 64 << 10 // bytes that a group which holds nothing keeps for the next event
	if len(g.lines) == 0 {
		if g.text = g.text[:0]; cap(g.text) > kept {
			g.text, g.lines = nil, nil
		}
		return
	}
	if first := &g.lines[0]; !first.carried {
		g.text = g.text[:0]
	} else if gone := first.Message.Start; int(gone) > len(g.text)/2 {
		g.text = append(g.text[:0], g.text[gone:]...)
		for i := range g.lines {
			if l := &g.lines[i]; l.carried {
				l.Message.Start -= gone
				l.Message.End -= gone
			}
		}
	}
	for i := range g.lines {
		l := &g.lines[i]
		if l.carried {
			continue
		}
		at := uint32(len(g.text))
		g.text = append(g.text, b.Buf[l.Message.Start:l.Message.End]...)
		l.Message = record.Span{Start: at, End: uint32(len(g.text))}
		l.carried = true
	}
}
