package analyze_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/exectrace"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
)

// process simulates a Go process as its profiles show it: each kind of
// goroutine with its births, lifetimes and places.
type process struct {
	kinds []kind
	rng   *rand.Rand
	next  uint64
	alive []living
}

// kind is one go statement's goroutines.
type kind struct {
	entry, creator string
	file           string
	line           int
	state          goroutine.State
	ranged         bool
	frames         []string // innermost first, above the entry
	perMinute      float64
	initial        int
	life           func(r *rand.Rand) float64 // seconds; nil: for ever
	from, until    float64                    // births only within; until 0: always
	// runs: the goroutine is scheduled within any few seconds.
	runs bool
	// woken: how often in that time by something other than its own timer.
	woken int
	// parent is the index of the kind whose newest goroutine starts these; -1 or 0 none.
	parentKind int
	// moves: where it waits before the time at which it sticks.
	before   goroutine.State
	sticksAt float64
}

type living struct {
	kind   int
	id     uint64
	parent uint64
	born   float64
	dies   float64
}

func newProcess(seed uint64, kinds ...kind) *process {
	p := &process{kinds: kinds, rng: rand.New(rand.NewPCG(seed, 1)), next: 1}
	for i, k := range kinds {
		for range k.initial {
			p.bear(i, 0)
		}
	}
	return p
}

func (p *process) bear(i int, at float64) {
	k := p.kinds[i]
	dies := 1e18
	if k.life != nil {
		dies = at + k.life(p.rng)
	}
	l := living{kind: i, id: p.next, born: at, dies: dies, parent: 1}
	if k.parentKind > 0 {
		for _, other := range slices.Backward(p.alive) {
			if other.kind == k.parentKind {
				l.parent = other.id
				break
			}
		}
	}
	p.next++
	p.alive = append(p.alive, l)
}

// step moves the process on to the time at.
func (p *process) step(at, dt float64) {
	for i, k := range p.kinds {
		if at < k.from || k.until > 0 && at > k.until {
			continue
		}
		expected := k.perMinute / 60 * dt
		n := int(expected)
		if p.rng.Float64() < expected-float64(n) {
			n++
		}
		for range n {
			p.bear(i, at)
		}
	}
	p.alive = slices.DeleteFunc(p.alive, func(l living) bool { return l.dies <= at })
}

func (p *process) stack(l living, at float64, ids bool) goroutine.Stack {
	k := p.kinds[l.kind]
	state, line := k.state, 10
	if k.before != "" && at < k.sticksAt {
		state, line = k.before, 5
	}
	st := goroutine.Stack{State: state, Range: k.ranged && !ids, Count: 1}
	for _, f := range k.frames {
		st.Frames = append(st.Frames, goroutine.Frame{Func: f, File: k.file, Line: line})
	}
	st.Frames = append(st.Frames, goroutine.Frame{Func: k.entry, File: k.file, Line: k.line + 3})
	if ids {
		st.Created = goroutine.Frame{Func: k.creator, File: k.file, Line: k.line}
		st.Goroutines = []goroutine.Goroutine{{ID: l.id, Parent: l.parent}}
	} else {
		st.Frames[len(st.Frames)-1].Start = k.line
	}
	return st
}

func (p *process) snapshot(at float64, ids bool) *goroutine.Snapshot {
	s := &goroutine.Snapshot{Form: goroutine.Proto, Profile: "goroutine"}
	if ids {
		s.Form = goroutine.Debug2
	}
	for _, l := range p.alive {
		s.Stacks = append(s.Stacks, p.stack(l, at, ids))
	}
	s.Total = len(p.alive)
	return s
}

// watch is how a process is looked at.
type watch struct {
	seconds, interval float64
	dumpEvery         float64   // 0: none
	traces            []float64 // starts, 3 s each
}

var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func at(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }

// observe runs the process under a watch and folds what it sees.
func (p *process) observe(w watch) *analyze.History {
	b := analyze.NewBuilder(analyze.Target{Name: "simulated:6060", Kind: "http"})
	for i := 0; float64(i)*w.interval <= w.seconds; i++ {
		t := float64(i) * w.interval
		p.step(t, w.interval)
		b.Counts(at(t), p.snapshot(t, false))
		if w.dumpEvery > 0 && i%int(w.dumpEvery/w.interval) == 0 {
			b.Dump(at(t), p.snapshot(t, true))
		}
		if slices.Contains(w.traces, t) {
			b.Trace(at(t), p.trace())
		}
	}
	return b.History()
}

// gauge reads a metric of the process's own, every 15 s.
func gauge(h *analyze.History, name string, role analyze.Role, perMinute float64) {
	g := analyze.Gauge{Name: name, Role: role}
	for t := 0.0; t <= h.Total[len(h.Total)-1].T; t += 15 {
		g.Points = append(g.Points, growth.Point{T: t, N: 10 + perMinute/60*t})
	}
	h.Gauges = append(h.Gauges, g)
}

// trace is what an execution trace would say of those alive now.
func (p *process) trace() *exectrace.Trace {
	tr := &exectrace.Trace{Seconds: 3, Activity: map[uint64]exectrace.Activity{}}
	for _, l := range p.alive {
		if p.kinds[l.kind].runs {
			tr.Activity[l.id] = exectrace.Activity{Runs: 2, Woken: p.kinds[l.kind].woken}
		}
	}
	return tr
}

func fixed(seconds float64) func(*rand.Rand) float64 {
	return func(*rand.Rand) float64 { return seconds }
}

func exponential(mean float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 { return r.ExpFloat64() * mean }
}
