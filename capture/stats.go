package capture

import (
	"maps"
	"slices"
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
	Unrouted uint64 // records that no route took: acknowledged and given to no sink
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
	s.Unrouted = c.unrouted.Load()
	c.mu.Lock()
	defer c.mu.Unlock()
	past := maps.Clone(c.past)
	for _, in := range c.inputs {
		s.Sources = append(s.Sources, SourceStats{in.name, sumSource(past[in.name], in.src.Stats())})
		delete(past, in.name)
	}
	for _, name := range slices.Sorted(maps.Keys(past)) { // their records are in the sinks' numbers
		n := past[name]
		n.Active, n.Behind, n.Began, n.Turned = 0, 0, true, time.Time{} // it reads nothing any more
		s.Sources = append(s.Sources, SourceStats{name, n})
	}
	for _, n := range c.counts {
		s.Stages = append(s.Stages, n.stats())
	}
	for _, o := range append(slices.Clone(c.graph.Load().outputs), c.retired...) {
		s.Sinks = addSink(s.Sinks, sinkStats(o))
	}
	for _, n := range c.gone {
		s.Sinks = addSink(s.Sinks, n)
	}
	return s
}

func sinkStats(o *output) SinkStats {
	n := SinkStats{Name: o.name, Stats: o.d.Stats()}
	if counting, ok := o.d.Config().Sink.(interface{ Counts() map[string]uint64 }); ok {
		n.Counts = counting.Counts()
	}
	return n
}

// addSink adds one to those of its name in all.
func addSink(all []SinkStats, n SinkStats) []SinkStats {
	if i := slices.IndexFunc(all, func(b SinkStats) bool { return b.Name == n.Name }); i >= 0 {
		all[i].Stats = sumSink(all[i].Stats, n.Stats)
		all[i].Counts = sumReasons(all[i].Counts, n.Counts)
		return all
	}
	return append(all, n)
}

// forget keeps of removed sinks that have ended their numbers alone: a collector that is reloaded for months must
// not hold all there were. Called under the lock.
func (c *Collector) forget() {
	c.retired = slices.DeleteFunc(c.retired, func(o *output) bool {
		select {
		case <-o.d.Ended():
			c.gone = addSink(c.gone, sinkStats(o))
			return true
		default:
			return false
		}
	})
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

// sumSource adds what a source had done before it was made anew.
func sumSource(past, now source.Stats) source.Stats {
	now.Lines += past.Lines
	now.Bytes += past.Bytes
	now.Cut += past.Cut
	now.Partial += past.Partial
	now.Reopens += past.Reopens
	now.Dropped += past.Dropped
	now.Lost = sumReasons(now.Lost, past.Lost)
	return now
}

// sumSink adds what another sink of the same name has done: one that was removed before.
func sumSink(now, past deliver.Stats) deliver.Stats {
	now.Read += past.Read
	now.Delivered += past.Delivered
	now.Queued += past.Queued
	now.QueuedBytes += past.QueuedBytes
	now.Batches += past.Batches
	now.Retries += past.Retries
	now.Dropped = sumReasons(now.Dropped, past.Dropped)
	now.DeadLettered = sumReasons(now.DeadLettered, past.DeadLettered)
	if past.LastSuccess.After(now.LastSuccess) {
		now.LastSuccess = past.LastSuccess
	}
	return now
}

func sumReasons(a, b map[string]uint64) map[string]uint64 {
	if len(b) == 0 {
		return a
	}
	sum := maps.Clone(b)
	for reason, n := range a {
		sum[reason] += n
	}
	return sum
}
