package tail

import "slices"

// step is a stretch of what Read gave, up to where it went over to another
// segment: an unfinished line may begin there.
type step struct {
	mark   Mark // its end
	before *Before
	given  int64 // bytes
	late   bool  // it was read from a segment that was kept for late lines
}

// mostSteps bounds what is remembered for a line without end over rotations without end.
const mostSteps = 16

// remember keeps a stretch that was read before another segment goes on.
func (l *Log) remember(s step) {
	if s.given == 0 {
		return // nothing can begin there
	}
	l.steps = append(l.steps, s)
	if len(l.steps) > mostSteps {
		l.steps = l.steps[1:]
	}
}

// stretch is what Read gave of the current segment without a break.
func (l *Log) stretch() step {
	return step{mark: l.cur.mark(0), before: l.before, given: l.cur.given()}
}

// rememberLate keeps what was read of a late segment, and what was read of the current one before it.
func (l *Log) rememberLate(old *late) {
	if old.seg.given() == 0 {
		return
	}
	l.remember(l.stretch())
	l.cur.begun = l.cur.offset
	l.remember(step{mark: old.seg.mark(0), given: old.seg.given(), late: true})
}

// Position is the place back bytes before the end of what Read has given: back
// is the length of an unfinished line, which begins in the current segment or,
// where lines go on from one file to the next, in an earlier one. Beyond the
// last 16 segments it is a place in the oldest of these. It does no I/O; the result
// shares no memory that changes.
func (l *Log) Position(back int64) Position {
	if l.cur == nil {
		return *l.want
	}
	p := Position{Before: l.before, Target: l.target}
	if len(l.late) > 0 {
		p.Late = make([]Mark, len(l.late))
		for i, old := range l.late {
			if old == l.reading {
				given := min(back, old.seg.given())
				p.Late[i], back = old.seg.mark(given), back-given
			} else {
				p.Late[i] = old.seg.mark(0)
			}
		}
	}
	if back <= l.cur.given() || len(l.steps) == 0 {
		p.Mark = l.cur.mark(back)
		return p
	}
	p.Mark = l.cur.mark(l.cur.given())
	l.reach(&p, back-l.cur.given())
	return p
}

// reach moves p back over what was read before the current stretch.
func (l *Log) reach(p *Position, back int64) {
	for i := len(l.steps) - 1; i >= 0 && back > 0; i-- {
		s := &l.steps[i]
		n := min(back, s.given)
		back -= n
		switch {
		case s.late:
			p.goBackLate(s, n)
		default:
			p.goBack(s, n)
		}
	}
	p.Offset = max(p.Offset-back, 0) // further than is remembered
}

// goBack makes p the place n bytes before the end of a stretch. The segments
// from there on will be read on the way.
func (p *Position) goBack(s *step, n int64) {
	if p.Number != s.mark.Number || p.id() != s.mark.id() { // otherwise more is known of it now
		p.Mark, p.Before = s.mark, s.before
	}
	p.Offset = max(s.mark.Offset-n, 0)
	p.Late = slices.DeleteFunc(p.Late, func(m Mark) bool {
		return m.Number > p.Number || m.Number == p.Number && m.id() == p.id()
	})
}

// goBackLate makes what was read late unread by n bytes, also when the segment was let go meanwhile.
func (p *Position) goBackLate(s *step, n int64) {
	at := len(p.Late)
	for i := range p.Late {
		m := &p.Late[i]
		if m.Number == s.mark.Number && m.id() == s.mark.id() {
			m.Offset = s.mark.Offset - n
			return
		}
		if m.Number > s.mark.Number {
			at = min(at, i)
		}
	}
	m := s.mark
	m.Offset -= n
	p.Late = slices.Insert(p.Late, at, m)
}
