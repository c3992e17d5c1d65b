package capture

import (
	"sync/atomic"
	"time"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/source"
)

// Stats is what a collector says of itself at one moment.
//
// Every record is accounted for: what the sources sent, less what stages
// joined or hold, is what each sink read; and each sink's Read is its
// Delivered + Dropped + Queued.
type Stats struct {
	Started  time.Time
	Sources  []SourceStats
	Stages   []process.Stats
	Sinks    []SinkStats
	Problems []notice.Problem
	Paused   bool      // nothing is read, because positions cannot be kept
	Saved    time.Time // when positions were last kept; zero: not yet, or without a store
}

// SourceStats is what one source has read.
type SourceStats struct {
	Name string
	source.Stats
}

// SinkStats is what one sink has been given and has taken.
type SinkStats struct {
	Name string
	deliver.Stats
	Counts map[string]uint64 // what the sink did to records that it delivered, by kind; nil: it says nothing
}

// Stats can be asked from any goroutine, before, in and after Run.
func (c *Collector) Stats() Stats {
	s := Stats{Started: c.started, Problems: c.cfg.Board.Open(), Paused: c.gate.Closed()}
	if c.saver != nil {
		s.Saved = c.saver.Last()
	}
	for _, src := range c.cfg.Sources {
		s.Sources = append(s.Sources, SourceStats{src.Name(), src.Stats()})
	}
	for i := range c.stages {
		s.Stages = append(s.Stages, c.stages[i].stats())
	}
	for i, d := range c.sinks {
		one := SinkStats{Name: c.cfg.Sinks[i].Name, Stats: d.Stats()}
		if counting, ok := c.cfg.Sinks[i].Sink.(interface{ Counts() map[string]uint64 }); ok {
			one.Counts = counting.Counts()
		}
		s.Sinks = append(s.Sinks, one)
	}
	return s
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
