package capture

import (
	"maps"
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
// Delivered + Dropped + DeadLettered + Queued.
type Stats struct {
	Started  time.Time // zero: not yet
	Ending   bool      // what was read is delivered, and no more is read
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
	s := Stats{Problems: c.cfg.Board.Open(), Paused: c.gate.Closed()}
	c.phase(func() { s.Started, s.Ending = c.started, c.ending })
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

// phase looks at, or changes, what the collector knows of its own course.
func (c *Collector) phase(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
}

// Ready says that everything that was there at the start has been found and is
// being read; if not, why. That a sink is down is no reason: what is read waits for it.
func (s *Stats) Ready() (ready bool, why string) {
	switch {
	case s.Started.IsZero():
		return false, "it has not started"
	case s.Ending:
		return false, "it is ending"
	case s.Paused:
		return false, "nothing is read: positions cannot be kept"
	}
	for _, src := range s.Sources {
		if !src.Began {
			return false, "source " + src.Name + " still looks for what is there"
		}
	}
	return true, ""
}

// Positions is what has been acknowledged by all sinks, up to which a restart would not read again.
type Positions struct {
	Saved   time.Time               // when positions were last kept; zero: not yet, or without a store
	Sources map[string]source.State // the JSON in it is each source's own
}

// Positions is what the checkpoint keeps: up to a second old; of now where nothing is kept.
func (c *Collector) Positions() Positions {
	p := Positions{Sources: map[string]source.State{}}
	if c.saver == nil {
		c.state() // nobody else asks, and so nobody misses that something has changed
	} else {
		p.Saved = c.saver.Last()
	}
	c.phase(func() {
		for name, section := range c.positions {
			p.Sources[name] = maps.Clone(section)
		}
	})
	return p
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
