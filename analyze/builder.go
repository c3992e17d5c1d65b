package analyze

import (
	"fmt"
	"slices"
	"time"

	"github.com/logcap/logcap/analyze/exectrace"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
	"github.com/logcap/logcap/analyze/lineage"
)

// Builder folds what a watch delivers, in order of time, into a History.
type Builder struct {
	h      History
	places map[goroutine.Key]map[string]int32
	ticks  []float64         // times of all count snapshots
	dumps  []float64         // times of all dumps kept
	born   int               // births kept
	few    int               // as many were left when births were forgotten last
	held   map[[3]string]int // index of a holding by kind, relation and name
}

// NewBuilder starts the history of one target.
func NewBuilder(t Target) *Builder {
	return &Builder{
		h: History{
			Target:  t,
			Series:  map[goroutine.Key]*Series{},
			Scrapes: map[string]int{},
		},
		places: map[goroutine.Key]map[string]int32{},
		held:   map[[3]string]int{},
	}
}

// History is what was folded so far. It shares memory with the Builder: it is
// good until the Builder is given more.
func (b *Builder) History() *History { return &b.h }

// at turns a time into seconds since the watch began and moves its ends.
func (b *Builder) at(t time.Time) float64 {
	if b.h.Start.IsZero() {
		b.h.Start = t
	}
	if t.After(b.h.End) {
		b.h.End = t
	}
	return t.Sub(b.h.Start).Seconds()
}

// Counts adds a snapshot to the time series: one tick.
func (b *Builder) Counts(t time.Time, s *goroutine.Snapshot) {
	at := b.at(t)
	if !s.Form.Lists() || s.Form == goroutine.Memory { // a dump is counted as one
		b.h.Scrapes["goroutine"]++
	}
	groups := s.Groups()
	for i := range groups {
		g := &groups[i]
		series := b.series(g.Key)
		series.Points = append(series.Points, growth.Point{T: at, N: float64(g.Count)})
		series.Proto = g
		series.wait(at, g.States)
	}
	b.ticks = append(b.ticks, at)
	for _, series := range b.h.Series {
		if len(series.Points) < len(b.ticks) {
			series.wait(at, nil)
			series.Points = append(series.Points, growth.Point{T: at})
		}
	}
	b.h.Total = append(b.h.Total, growth.Point{T: at, N: float64(max(s.Total, s.Declared))})
	b.thinTicks()
}

// wait notes how the numbers in the states that can be stuck moved.
func (s *Series) wait(at float64, states map[goroutine.State]int) {
	for state, n := range states {
		if w := s.Waits[state]; w == nil && canBeStuck(state) {
			if s.Waits == nil {
				s.Waits = map[goroutine.State]*Waits{}
			}
			s.Waits[state] = &Waits{N: n, Changed: at, Ended: -1}
		}
	}
	for state, w := range s.Waits {
		n := states[state]
		if n < w.N {
			w.Ended = at
		}
		if n != w.N {
			w.N, w.Changed = n, at
		}
	}
}

// Total adds a tick of which only the total is known: log lines, or a profile
// that was thinned away. It is no tick of the sites' series.
func (b *Builder) Total(t time.Time, n int) {
	b.h.Total = append(b.h.Total, growth.Point{T: b.at(t), N: float64(n)})
}

// series finds or makes a site's series, with a zero for every earlier tick.
func (b *Builder) series(key goroutine.Key) *Series {
	if s, ok := b.h.Series[key]; ok {
		return s
	}
	s := &Series{Key: key, Leaked: -1}
	for _, t := range b.ticks {
		s.Points = append(s.Points, growth.Point{T: t})
	}
	for _, t := range b.dumps {
		s.Censuses = append(s.Censuses, Census{T: t})
	}
	b.h.Series[key] = s
	return s
}

// Leak adds the runtime's own leak profile. A site it does not list stays
// uncleared: the profile cannot see every kind of leak.
func (b *Builder) Leak(t time.Time, s *goroutine.Snapshot) {
	b.at(t)
	b.h.Scrapes["goroutineleak"]++
	for _, series := range b.h.Series {
		series.Leaked = 0
	}
	for _, g := range s.Groups() {
		n := 0
		for _, stack := range g.Stacks {
			if stack.Leaked {
				n += stack.Count
			}
		}
		b.series(g.Key).Leaked = n
	}
}

// Trace adds an execution trace that began at t.
func (b *Builder) Trace(t time.Time, tr *exectrace.Trace) {
	b.h.Traces = append(b.h.Traces, TimedTrace{T: b.at(t), Trace: tr})
	if len(b.h.Traces) > maxTraces {
		b.h.Traces = thinned(b.h.Traces)
	}
	b.h.Scrapes["trace"]++
}

// Births adds what became known of who created whom.
func (b *Builder) Births(t time.Time, news *lineage.News) {
	b.h.Births = append(b.h.Births, TimedBirths{T: b.at(t), News: news})
	b.h.Scrapes["births"]++
	b.born += len(news.Births)
	b.forgetBirths()
}

// Memory adds a reading of runtime.MemStats. A TotalAlloc that fell tells of a
// new process: it only ever grows within one.
func (b *Builder) Memory(t time.Time, m Memory) {
	m.T = b.at(t)
	b.h.Scrapes["memory"]++
	if n := len(b.h.Memory); n > 0 && m.TotalAlloc < b.h.Memory[n-1].TotalAlloc {
		b.RestartBetween(b.h.Memory[n-1].T, m.T)
	}
	b.h.Memory = append(b.h.Memory, m)
}

// RestartBetween notes a restart somewhere between two readings, in seconds
// since the start: at the greatest fall of the total between them, or at the
// later one. One that is noted in that time already is the same.
func (b *Builder) RestartBetween(from, to float64) {
	if slices.ContainsFunc(b.h.Restarts, func(t float64) bool { return t > from && t <= to }) {
		return
	}
	at, fall := to, 0.0
	for i := 1; i < len(b.h.Total); i++ {
		p, q := b.h.Total[i-1], b.h.Total[i]
		if q.T >= from && q.T <= to && p.N-q.N > fall {
			at, fall = q.T, p.N-q.N
		}
	}
	b.Restart(at)
}

// Restart notes that a new process answers from at on, in seconds since the start.
func (b *Builder) Restart(at float64) {
	for _, t := range b.h.Restarts {
		if t == at {
			return
		}
	}
	b.h.Restarts = append(b.h.Restarts, at)
	slices.Sort(b.h.Restarts)
}

// Gauge adds a reading of one of the target's own metrics.
func (b *Builder) Gauge(t time.Time, name, labels string, role Role, v float64) {
	p := growth.Point{T: b.at(t), N: v}
	for i := range b.h.Gauges {
		if g := &b.h.Gauges[i]; g.Name == name && g.Labels == labels {
			g.Points = append(g.Points, p)
			return
		}
	}
	if len(b.h.Gauges) == maxGauges {
		b.Warn(fmt.Sprintf("of the target's metrics only the first %d series are kept", maxGauges))
		return
	}
	b.h.Gauges = append(b.h.Gauges, Gauge{Name: name, Labels: labels, Role: role, Points: []growth.Point{p}})
}

// Gap notes a time without an answer; it joins the one before when that still runs.
func (b *Builder) Gap(t time.Time, why string) {
	b.at(t)
	if n := len(b.h.Gaps); n > 0 {
		last := &b.h.Gaps[n-1]
		if answered := b.lastAnswer(); !answered.After(last.End) {
			last.End = t
			return
		}
	}
	b.h.Gaps = append(b.h.Gaps, Gap{Start: t, End: t, Why: why})
}

// lastAnswer is the time of the newest tick.
func (b *Builder) lastAnswer() time.Time {
	if len(b.h.Total) == 0 {
		return b.h.Start
	}
	return b.h.Start.Add(time.Duration(b.h.Total[len(b.h.Total)-1].T * float64(time.Second)))
}

// LogLine keeps a line of the target's own log that serves as evidence.
func (b *Builder) LogLine(line string) { b.h.LogLines = append(b.h.LogLines, line) }

// Warn adds a warning that the report shows.
func (b *Builder) Warn(text string) {
	if !slices.Contains(b.h.Warnings, text) {
		b.h.Warnings = append(b.h.Warnings, text)
	}
}
