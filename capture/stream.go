package capture

import (
	"context"
	"sync"
	"time"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
)

// stream is the way of one origin's records: its own stages, then the order
// in which its positions are committed, then every sink's queue.
type stream struct {
	c      *Collector
	key    string
	stages []process.Stage

	mu    sync.Mutex // stages are used by the source and by the clock of held records
	order deliver.Order
	told  []process.Stats // what the collector's counters know of each stage

	// How long was waited for sinks, in ns. While a sink takes nothing nothing is read, and
	// an event that is held is not late: for stages this time has not passed.
	waited int64
}

// Open begins the way of an origin's records.
func (c *Collector) Open(key string) source.Stream {
	s := &stream{c: c, key: key, told: make([]process.Stats, len(c.cfg.Stages))}
	for _, make := range c.cfg.Stages {
		s.stages = append(s.stages, make(c.cfg.Pool))
	}
	if len(s.stages) > 0 {
		c.mu.Lock()
		c.streams[s] = struct{}{}
		c.mu.Unlock()
	}
	return s
}

// Send takes b through the stages to the sinks' queues.
func (s *stream) Send(ctx context.Context, b *record.Batch) error {
	if err := s.c.gate.Wait(ctx); err != nil {
		b.Release()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
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
	s.order.Add(b)
	if len(s.stages) == 0 {
		return s.c.fan.Send(ctx, b)
	}
	began := time.Now()
	err := s.c.fan.Send(ctx, b)
	s.waited += int64(time.Since(began))
	return err
}

// Close sends on what the stages hold. The source's ctx may be done by then:
// what was read is delivered until the drain timeout.
func (s *stream) Close(context.Context) error {
	if len(s.stages) == 0 {
		return nil
	}
	s.c.mu.Lock()
	delete(s.c.streams, s)
	s.c.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.flush(s.c.hard, 1<<63-1)
}

// flush sends on what stages have held since before a moment, in Unix ns.
func (s *stream) flush(ctx context.Context, before int64) error {
	for i, stage := range s.stages {
		b := stage.Flush(before)
		s.count(i)
		if b == nil {
			continue
		}
		if err := s.pass(ctx, b, i+1); err != nil {
			return err
		}
	}
	return nil
}

// count adds what a stage has done since the last time to the collector's counters.
func (s *stream) count(i int) {
	now := s.stages[i].Stats()
	s.c.stages[i].add(s.told[i], now)
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
				if err := s.flushOld(ctx, now.Add(-c.cfg.Hold).UnixNano()); err != nil {
					return nil // only ctx ends a Send
				}
			}
		}
	}
}

// flushOld skips a stream whose source is sending: it holds nothing that is old,
// or waits for a sink, as this would.
func (s *stream) flushOld(ctx context.Context, before int64) error {
	if !s.mu.TryLock() {
		return nil
	}
	defer s.mu.Unlock()
	return s.flush(ctx, before-s.waited)
}

func (c *Collector) opened() []*stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make([]*stream, 0, len(c.streams))
	for s := range c.streams {
		all = append(all, s)
	}
	return all
}
