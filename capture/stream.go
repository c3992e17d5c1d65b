package capture

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/record"
)

// stream is the way of one origin's records: its own stages, then the order
// in which its positions are committed, then the queues of the sinks of its routes.
type stream struct {
	c   *Collector
	in  *input
	key string

	mu     sync.Mutex // stages are used by the source and by the clock of held records
	graph  *graph     // what the rest is made of
	kinds  []*stage
	stages []process.Stage
	told   []process.Stats // what the collector's counters know of each stage
	order  deliver.Order
	origin *record.Origin // of which fan is the way; a container that is renamed has a new one
	fan    *deliver.Fan
	broken error // of a Send. What comes behind the gap would be out of its order, and is read again in any case
	over   bool  // what is sent goes beyond the bounds of queues

	// How long was waited for sinks, in ns. While a sink takes nothing nothing is read, and
	// an event that is held is not late: for stages this time has not passed.
	waited int64
}

// adopt makes the stages that a graph has for the source.
func (s *stream) adopt(g *graph) {
	s.graph, s.origin = g, nil
	s.kinds = g.stagesOf(s.in.name)
	s.stages, s.told = nil, make([]process.Stats, len(s.kinds))
	for _, k := range s.kinds {
		s.stages = append(s.stages, k.Make(s.c.cfg.Pool))
	}
}

// follow goes over to the graph of now. Stages that stay keep what they hold; when
// others take their place, what they hold is sent on first.
func (s *stream) follow() error {
	g := s.c.graph.Load()
	if g == s.graph {
		return nil
	}
	s.graph, s.origin = g, nil
	next := g.stagesOf(s.in.name)
	if slices.EqualFunc(s.kinds, next, func(a, b *stage) bool { return a.count == b.count }) {
		s.kinds = next
		return nil
	}
	if err := s.flush(1<<63 - 1); err != nil {
		return err
	}
	s.adopt(g)
	return nil
}

// way is where the records of an origin go.
func (s *stream) way(o *record.Origin) *deliver.Fan {
	if s.fan == nil || s.origin != o {
		s.origin, s.fan = o, s.graph.fan(s.in.name, o)
	}
	return s.fan
}

// Send takes b through the stages to the sinks' queues.
func (s *stream) Send(ctx context.Context, b *record.Batch) error {
	if err := s.c.gate.Wait(ctx); err != nil {
		b.Release()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.broken
	if err == nil {
		err = s.follow()
	}
	if err != nil {
		b.Release()
		return err
	}
	return s.pass(ctx, b, 0)
}

// pass takes b through the stages from the given one on.
func (s *stream) pass(ctx context.Context, b *record.Batch, from int) error {
	if from < len(s.stages) {
		now := time.Now().UnixNano() - s.waited
		for i, stage := range s.stages[from:] {
			b = stage.Process(b, now)
			s.count(from + i)
		}
	}
	s.c.cfg.Tap.Pass(s.in.name, b)
	s.order.Add(b)
	to := s.way(b.Origin)
	if to.Empty() {
		s.c.unrouted.Add(uint64(len(b.Records)))
	}
	switch {
	case s.over:
		s.broken = to.Push(ctx, b)
	case len(s.stages) == 0:
		s.broken = to.Send(ctx, b)
	default:
		began := time.Now()
		s.broken = to.Send(ctx, b)
		s.waited += int64(time.Since(began))
	}
	return s.broken
}

// Close sends on what the stages hold. The source's ctx may be done by then:
// what was read is delivered until the drain timeout.
func (s *stream) Close(context.Context) error {
	s.in.mu.Lock()
	delete(s.in.streams, s)
	s.in.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flush(1<<63 - 1)
}

// flush sends on what stages have held since before a moment, in Unix ns.
func (s *stream) flush(before int64) error {
	if s.broken != nil {
		return nil
	}
	for i, stage := range s.stages {
		b := stage.Flush(before)
		s.count(i)
		if b == nil {
			continue
		}
		if err := s.pass(s.in.hard, b, i+1); err != nil {
			return err
		}
	}
	return nil
}

// count adds what a stage has done since the last time to the collector's counters.
func (s *stream) count(i int) {
	now := s.stages[i].Stats()
	s.kinds[i].count.add(s.told[i], now)
	s.told[i] = now
}

// flushHeld gives up waiting for the rest of events that have not grown for
// Hold. It runs for as long as ctx does.
func (c *Collector) flushHeld(ctx context.Context) error {
	tick := time.NewTicker(c.cfg.Hold / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			for _, s := range c.opened() {
				s.flushOld(now.Add(-c.cfg.Hold).UnixNano())
			}
		}
	}
}

// flushOld skips a stream whose source is sending: it holds nothing that is old,
// or waits for a sink, as this would. An error says that the source is being ended.
func (s *stream) flushOld(before int64) {
	if !s.mu.TryLock() {
		return
	}
	defer s.mu.Unlock()
	// To wait for one sink here would hold up the streams of all others: no more than one event
	// goes over its bound.
	if s.origin != nil && s.fan.Full() {
		return
	}
	s.over = true
	if s.follow() == nil {
		_ = s.flush(before - s.waited)
	}
	s.over = false
}

func (c *Collector) opened() []*stream {
	c.mu.Lock()
	inputs := slices.Clone(c.inputs)
	c.mu.Unlock()
	var all []*stream
	for _, in := range inputs {
		all = append(all, in.opened()...)
	}
	return all
}
