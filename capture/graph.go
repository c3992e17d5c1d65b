package capture

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/record"
)

// Stage is one step that records are taken through, in the goroutine of their source.
type Stage struct {
	ID      string   // what it does: over a reload, a stage with the same ID goes on with what it holds
	Sources []string // the names of the sources whose records it takes; nil: all
	Make    process.Factory
}

// Route says which origins go to which sinks.
type Route struct {
	Takes     func(source string, o *record.Origin) bool // by the name of the source; nil: everything
	Otherwise bool                                       // of that only what no route before has taken
	Sinks     []string                                   // names
}

// graph is what a batch is taken through. It is never changed: a reload puts another one in its place.
type graph struct {
	stages  []*stage
	routes  []Route
	outputs []*output
	all     *deliver.Fan
}

// stage is a Stage with what it has done.
type stage struct {
	Stage
	count *stageCount
}

// output is a sink and the way to it.
type output struct {
	name string
	d    *deliver.Deliverer
}

func (c *Collector) newOutput(s deliver.Config) *output {
	if s.Board == nil {
		s.Board = c.cfg.Board
	}
	return &output{s.Name, deliver.New(s)}
}

func newGraph(stages []*stage, routes []Route, outputs []*output) *graph {
	g := &graph{stages: stages, routes: routes, outputs: outputs}
	var to []*deliver.Deliverer
	for _, o := range outputs {
		to = append(to, o.d)
	}
	g.all = deliver.NewFan(to...)
	return g
}

// fan is the way to the sinks of an origin: those of every route that takes it, and without routes all.
func (g *graph) fan(source string, o *record.Origin) *deliver.Fan {
	if len(g.routes) == 0 {
		return g.all
	}
	taken := false
	var names []string
	for _, r := range g.routes {
		if r.Otherwise && taken || r.Takes != nil && !r.Takes(source, o) {
			continue
		}
		taken = true
		names = append(names, r.Sinks...)
	}
	var to []*deliver.Deliverer
	for _, out := range g.outputs {
		if slices.Contains(names, out.name) {
			to = append(to, out.d)
		}
	}
	return deliver.NewFan(to...)
}

// stagesOf are the stages of a source's records.
func (g *graph) stagesOf(source string) []*stage {
	var all []*stage
	for _, s := range g.stages {
		if s.Sources == nil || slices.Contains(s.Sources, source) {
			all = append(all, s)
		}
	}
	return all
}

// stageCount sums a stage over all origins, those that are gone included.
type stageCount struct{ in, out, joined, failed, split atomic.Uint64 }

func (n *stageCount) add(before, now process.Stats) {
	n.in.Add(now.In - before.In)
	n.out.Add(now.Out - before.Out)
	n.joined.Add(now.Joined - before.Joined)
	n.failed.Add(now.Failed - before.Failed)
	n.split.Add(now.Split - before.Split)
}

func (n *stageCount) stats() process.Stats {
	return process.Stats{In: n.in.Load(), Out: n.out.Load(), Joined: n.joined.Load(), Failed: n.failed.Load(), Split: n.split.Load()}
}

// newStages gives each of stages its counters: those of the one before with the same ID.
func newStages(stages []Stage, before []*stage) []*stage {
	all := make([]*stage, 0, len(stages))
	used := map[*stage]bool{}
	for _, s := range stages {
		next := &stage{Stage: s, count: &stageCount{}}
		for _, b := range before {
			if s.ID != "" && b.ID == s.ID && !used[b] {
				used[b] = true
				next.count = b.count
				break
			}
		}
		all = append(all, next)
	}
	return all
}

// counting keeps the counters of stages for Stats.
func (c *Collector) counting(stages []*stage) {
	for _, s := range stages {
		if !slices.Contains(c.counts, s.count) {
			c.counts = append(c.counts, s.count)
		}
	}
}

// patience is how long a reload waits for a part that ends, before it goes on without what that still holds.
const patience = 2 * time.Second
