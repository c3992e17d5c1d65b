package analyze

import (
	"slices"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
)

// suspect is one site under judgement: what was seen of it, and what was made of it.
type suspect struct {
	series   *Series
	points   []growth.Point // of the last epoch
	censuses []Census       // of the last epoch
	trend    growth.Trend
	cohort   growth.Cohort
	survival growth.Survival
	hidden   bool         // the count of all does not grow, that of the old ones does
	old      growth.Trend // of the goroutines that grew old, over the dumps
	hasIDs   bool         // two dumps or more: births and deaths are known
	activity activity
	load     *Gauge // of the target, when it rises; nil otherwise

	site     goroutine.Site
	creators []Creator
	births   []*birth
	state    goroutine.State
	ranged   bool // receives by range or v, ok := <-ch
	frames   []goroutine.Frame
	sig      signature
	pinned   *pinned

	verdict   Verdict
	mechanism Mechanism
	maybe     []Mechanism // candidates where profiles cannot decide
	reasons   []Evidence
	held      []inStep // descriptors that come with its goroutines
	victims   []Victim
	others    []*suspect // of the same finding
	absorbed  bool       // part of another finding
	into      *suspect   // which, when it is
	holder    *Position  // of the lock that is waited for
}

// activity is what traces say about goroutines that were there before and after them.
type activity struct {
	observed int
	ran      int
	woken    int     // of those that ran: by another goroutine or the network
	seconds  float64 // of all traces together
}

// activeOf counts the survivors that ran during a trace. Only goroutines that a
// dump before and a dump after the trace both hold are asked: the young ones of
// a busy site say nothing about the old ones that stay.
func activeOf(s *Series, censuses []Census, traces []TimedTrace) activity {
	var a activity
	for _, timed := range traces {
		before, after := around(censuses, timed.T, timed.T+timed.Trace.Seconds)
		if before == nil || after == nil {
			continue
		}
		a.seconds += timed.Trace.Seconds
		for _, m := range before.Members {
			if _, still := find(after.Members, m.ID); !still {
				continue
			}
			a.observed++
			one := timed.Trace.Activity[m.ID]
			if one.Runs > 0 {
				a.ran++
			}
			if one.Woken > 0 {
				a.woken++
			}
		}
	}
	return a
}

// around finds the last census at or before from and the first at or after to.
func around(censuses []Census, from, to float64) (before, after *Census) {
	for i := range censuses {
		c := &censuses[i]
		if c.T <= from {
			before = c
		}
		if c.T >= to && after == nil {
			after = c
		}
	}
	return before, after
}

// find looks an id up in members sorted by id.
func find(members []Member, id uint64) (Member, bool) {
	i, ok := slices.BinarySearchFunc(members, id, func(m Member, id uint64) int {
		switch {
		case m.ID < id:
			return -1
		case m.ID > id:
			return 1
		}
		return 0
	})
	if !ok {
		return Member{}, false
	}
	return members[i], true
}

// since keeps the censuses of the epoch that began at start.
func since(censuses []Census, start float64) []Census {
	for i, c := range censuses {
		if c.T >= start {
			return censuses[i:]
		}
	}
	return nil
}

// look fills in what the newest snapshots say: the state most goroutines are
// in, a stack in that state, and the signature of both. The survivors' state
// counts when it is known, not that of the short-lived ones around them.
func (s *suspect) look() {
	states := map[goroutine.State]int{}
	if s.hasIDs {
		for state, n := range s.survivorStates() {
			states[state] = n
		}
	}
	if len(states) == 0 {
		if g := s.newest(); g != nil {
			states = g.States
		}
	}
	s.state = goroutine.Dominant(states)
	s.frames = s.stackIn(s.state)
	s.ranged = s.rangesIn(s.state)
	s.sig = signatureOf(string(s.series.Key), s.state, s.frames)
}

func (s *suspect) newest() *goroutine.Group {
	if s.series.Proto != nil {
		return s.series.Proto
	}
	return s.series.Dump
}

// survivorStates are the states of the goroutines in the newest dump that the
// dump before it held too.
func (s *suspect) survivorStates() map[goroutine.State]int {
	n := len(s.censuses)
	if n < 2 {
		return nil
	}
	states := map[goroutine.State]int{}
	for _, m := range s.censuses[n-1].Members {
		if _, old := find(s.censuses[n-2].Members, m.ID); old {
			states[s.series.Places[m.Place].State]++
		}
	}
	return states
}

// stackIn is the largest stack in a state; the dump's, when the proto has none.
func (s *suspect) stackIn(state goroutine.State) []goroutine.Frame {
	for _, g := range []*goroutine.Group{s.series.Proto, s.series.Dump} {
		if g == nil {
			continue
		}
		for _, stack := range g.Stacks {
			if stack.State == state {
				return stack.Frames
			}
		}
	}
	if g := s.newest(); g != nil && len(g.Stacks) > 0 {
		return g.Stacks[0].Frames
	}
	return nil
}

func (s *suspect) rangesIn(state goroutine.State) bool {
	if s.series.Proto == nil {
		return false
	}
	for _, stack := range s.series.Proto.Stacks {
		if stack.State == state && stack.Range {
			return true
		}
	}
	return false
}

// gained is how many goroutines the site has more than after its warm-up.
func (s *suspect) gained() float64 { return s.trend.Last - s.trend.First }

// count is the first and last count of the whole watch.
func (s *suspect) count() Count {
	if len(s.series.Points) == 0 { // a leak profile alone has no ticks
		n := max(s.series.Leaked, 0)
		return Count{First: n, Last: n}
	}
	return Count{First: int(s.series.Points[0].N), Last: int(s.series.Points[len(s.series.Points)-1].N)}
}

func (s *suspect) because(kind Basis, text string) {
	s.reasons = append(s.reasons, Evidence{Kind: kind, Text: text})
}

// follow asks the dumps what became of the site's goroutines.
func (s *suspect) follow(window float64, th growth.Thresholds) {
	if len(s.censuses) < 2 {
		return
	}
	s.hasIDs = true
	dumps := make([]growth.Seen, len(s.censuses))
	for i, c := range s.censuses {
		ids := make([]uint64, len(c.Members))
		for j, m := range c.Members {
			ids[j] = m.ID
		}
		dumps[i] = growth.Seen{T: c.T, IDs: ids}
	}
	s.cohort, s.survival = growth.Cohorts(dumps, window)
	s.old = growth.Fit(s.survival.Old, th)
}
