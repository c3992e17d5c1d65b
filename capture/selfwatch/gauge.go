package selfwatch

import "time"

// gauge judges one quantity over time. Its rules are those of docs/deploy.md.
type gauge struct {
	name  string
	least int64 // growth that is never told

	baseline int64
	level    int64 // what counts as usual: the baseline, or a plateau that was reached since
	ref      mark  // what growth is told against: the last line, or the last look at the usual level
	last     time.Time
	over     int // looks in a row above the limit, or, while open, below it
	open     bool
	peak     int64
	peakAt   time.Time
}

// mark is a value and when it was.
type mark struct {
	at    time.Time
	value int64 // as it was
	own   int64 // less what work explains
}

// change is what a look leads to.
type change struct {
	began, ended  bool
	line          bool // it is told
	value, growth int64
	duration      time.Duration // in which it grew by so much
}

const (
	convinced = 2                // looks that have to agree
	lineEvery = time.Minute      // between two lines on one growth
	plateau   = 30 * time.Minute // without growth, after which what there is counts as usual
)

// begin takes the baseline.
func (g *gauge) begin(now time.Time, value int64) {
	g.baseline, g.level, g.ref = value, value, mark{now, value, value}
}

// look takes one more value, of which the work explains a part, and what it may swing by besides.
func (g *gauge) look(now time.Time, value, explained, slack int64) change {
	own := value - explained
	limit := max(g.least, g.baseline/2) + slack
	if g.open {
		return g.while(mark{now, value, own}, limit)
	}
	if own <= g.level+limit/4 {
		g.ref = mark{now, value, own}
		g.level = max(g.baseline, min(g.level, own)) // a plateau that has ended
	}
	if own-g.level < limit {
		g.over = 0
		return change{}
	}
	if g.over++; g.over < convinced {
		return change{}
	}
	g.open, g.over, g.peak, g.peakAt = true, 0, own, now
	c := g.tell(mark{now, value, own})
	c.began = true
	return c
}

// while judges a gauge that has grown: whether it goes on, stays, or is back.
func (g *gauge) while(is mark, limit int64) change {
	if is.own > g.peak+limit/4 {
		g.peak, g.peakAt = is.own, is.at
	}
	if is.own-g.level < limit/2 {
		if g.over++; g.over < convinced {
			return change{}
		}
		c := g.tell(is)
		g.open, g.over, c.ended = false, 0, true
		return c
	}
	g.over = 0
	switch {
	case is.at.Sub(g.peakAt) >= plateau:
		g.open, g.level, g.ref = false, is.own, is
		return change{ended: true}
	case is.own-g.ref.own >= limit/2 && is.at.Sub(g.last) >= lineEvery:
		return g.tell(is)
	}
	return change{}
}

// tell makes a line of what has come since the last one.
func (g *gauge) tell(is mark) change {
	c := change{line: true, value: is.value, growth: is.value - g.ref.value, duration: is.at.Sub(g.ref.at)}
	g.ref, g.last = is, is.at
	return c
}

// settling finds the moment at which a collector has started: it is ready, and
// the number of its goroutines stays.
type settling struct {
	ready  time.Time // since when; zero: it is not
	last   int
	steady int // looks in a row that saw about the same
}

const (
	steadyLooks = 3
	longest     = time.Minute // after which what there is has to do: what leaks from the start never settles
)

func (s *settling) look(now time.Time, n int, ready bool) bool {
	if !ready {
		*s = settling{}
		return false
	}
	if s.ready.IsZero() {
		s.ready = now
	}
	if d := n - s.last; max(d, -d) <= 2+s.last/50 {
		s.steady++
	} else {
		s.steady = 0
	}
	s.last = n
	return s.steady >= steadyLooks || now.Sub(s.ready) >= longest
}
