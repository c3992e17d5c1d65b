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
// Delivered + Dropped + Queued.
type Stats struct {
	Started  time.Time
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
}

// Stats can be asked from any goroutine, before, in and after Run.
func (c *Collector) Stats() Stats {
	s := Stats{Started: c.started, Problems: c.cfg.Board.Open(), Paused: c.gate.Closed()}
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
	for name, n := range past { // their records are in the sinks' numbers
		s.Sources = append(s.Sources, SourceStats{name, n})
	}
	for _, n := range c.counts {
		s.Stages = append(s.Stages, n.stats())
	}
	for _, o := range append(slices.Clone(c.graph.Load().outputs), c.retired...) {
		n := SinkStats{o.name, o.d.Stats()}
		if i := slices.IndexFunc(s.Sinks, func(b SinkStats) bool { return b.Name == o.name }); i >= 0 {
			s.Sinks[i].Stats = sumSink(s.Sinks[i].Stats, n.Stats)
			continue
		}
		s.Sinks = append(s.Sinks, n)
	}
	return s
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
