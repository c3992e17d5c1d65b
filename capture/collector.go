// Package capture is the collector: it joins sources, stages, delivery and
// checkpoint into one graph and runs it. It knows no kind of source or sink.
//
// A line's way: Source -> Batch -> Stages -> Deliverer of each sink -> Sink ->
// Ack -> Position.Commit -> Checkpoint. Stages run in the goroutine of the
// source, so that a batch changes goroutines once on its way, at a sink's queue.
package capture

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/logcap/logcap/capture/checkpoint"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
)

// Config is what a collector is made of.
type Config struct {
	Sources []source.Source   // at least one; names differ
	Sinks   []deliver.Config  // at least one; every record goes to all of them
	Stages  []process.Factory // in their order; none: records go on as they are read

	Store           *checkpoint.Store // nil: no positions are kept
	CheckpointEvery time.Duration     // 0: 1 s

	Hold         time.Duration // how long stages wait for an event to grow; 0: 1 s
	DrainTimeout time.Duration // how long Run goes on delivering once its ctx is done; 0: 10 s

	Pool  *record.Pool  // nil: one is made
	Board *notice.Board // nil: problems are told to nobody

	// Watch is called with what the collector says of itself every WatchEvery, as
	// long as it runs; nil: nobody is.
	Watch func(now time.Time, s Stats)
}

// Collector runs a Config once.
type Collector struct {
	cfg   Config
	sinks []*deliver.Deliverer
	fan   *deliver.Fan
	saver *checkpoint.Saver // nil without a store
	gate  *checkpoint.Gate
	hard  context.Context // done when delivery ends, whatever is left
	stop  context.CancelCauseFunc

	stages []stageCount

	mu        sync.Mutex
	streams   map[*stream]struct{} // those with stages, which may hold records
	started   time.Time
	ending    bool
	positions checkpoint.Sections // what the sources said last that they had committed
}

// reserve is the part of the drain timeout that is kept for ending: sinks that are
// told to stop at once, and the last positions.
func (c Config) reserve() time.Duration { return min(time.Second, c.DrainTimeout/4) }

// New checks cfg and joins its parts; nothing runs yet.
func New(cfg Config) (*Collector, error) {
	switch {
	case len(cfg.Sources) == 0:
		return nil, errors.New("collect: there is no source")
	case len(cfg.Sinks) == 0:
		return nil, errors.New("collect: there is no sink")
	}
	if cfg.Hold == 0 {
		cfg.Hold = time.Second
	}
	if cfg.DrainTimeout == 0 {
		cfg.DrainTimeout = 10 * time.Second
	}
	if cfg.Pool == nil {
		cfg.Pool = &record.Pool{}
	}
	c := &Collector{cfg: cfg, gate: &checkpoint.Gate{}, stages: make([]stageCount, len(cfg.Stages)), streams: map[*stream]struct{}{}}
	for _, s := range cfg.Sinks {
		if s.Board == nil {
			s.Board = cfg.Board
		}
		c.sinks = append(c.sinks, deliver.New(s))
	}
	c.fan = deliver.NewFan(c.sinks...)
	if cfg.Store != nil {
		c.saver = &checkpoint.Saver{Store: cfg.Store, Every: cfg.CheckpointEvery, State: c.state, Gate: c.gate, Board: cfg.Board}
	}
	return c, nil
}

// Run collects until ctx is done, or until every source has read all there is.
// Then it delivers what was read, for DrainTimeout at most once ctx is done,
// and keeps the positions of what was acknowledged. It always ends: parts that
// do not stop in time are named in the error and left behind.
func (c *Collector) Run(ctx context.Context) error {
	c.phase(func() { c.started = time.Now() })
	defer c.phase(func() { c.ending = true })
	c.hard, c.stop = context.WithCancelCause(context.WithoutCancel(ctx))
	defer c.stop(nil)
	// A sink that is gone for good ends the collector as ctx does.
	reading, end := context.WithCancelCause(ctx)
	defer end(nil)
	drain := time.AfterFunc(1<<63-1, func() { c.stop(errDrain) })
	defer drain.Stop()
	defer context.AfterFunc(reading, func() {
		c.phase(func() { c.ending = true })
		drain.Reset(c.cfg.DrainTimeout - c.cfg.reserve())
	})()

	var sources, sinks, keeping group
	keepingCtx, kept := context.WithCancel(c.hard)
	defer kept()
	if c.saver != nil {
		keeping.start("checkpoint", func() error { return c.saver.Run(keepingCtx) })
	}
	keeping.start("watch", func() error { return c.watch(keepingCtx) })
	if len(c.cfg.Stages) > 0 {
		keeping.start("stages", func() error { return c.flushHeld(keepingCtx) })
	}
	for i, d := range c.sinks {
		sinks.start("sink "+c.cfg.Sinks[i].Name, func() error {
			err := d.Run(c.hard)
			if err != nil && c.hard.Err() == nil {
				end(err)
			}
			return err
		})
	}
	for _, s := range c.cfg.Sources {
		sources.start("source "+s.Name(), func() error {
			err := s.Run(reading, c)
			if err != nil {
				end(fmt.Errorf("read from %s: %w", s.Name(), err))
			}
			return err
		})
	}

	// The sender closes: sinks learn that there is no more when all sources have ended.
	err := sources.wait(c.hard, 0)
	c.fan.Close()
	err = errors.Join(err, sinks.wait(c.hard, c.cfg.reserve()/2))
	kept()
	err = errors.Join(err, keeping.wait(c.hard, c.cfg.reserve()/2))
	if !sinks.idle() {
		return err // a sink that still writes cannot be closed
	}
	for _, s := range c.cfg.Sinks {
		if e := s.Sink.Close(); e != nil {
			err = errors.Join(err, fmt.Errorf("close sink %s: %w", s.Name, e))
		}
	}
	return err
}

// errDrain is why delivery was ended with records left.
var errDrain = errors.New("the drain timeout is over")

// state gathers what the sources have committed.
func (c *Collector) state() (checkpoint.Sections, bool) {
	all, any := checkpoint.Sections{}, false
	for _, s := range c.cfg.Sources {
		state, changed := s.State()
		if len(state) > 0 {
			all[s.Name()] = state
		}
		any = any || changed
	}
	c.phase(func() { c.positions = all })
	return all, any
}

// Pool is where sources get their batches.
func (c *Collector) Pool() *record.Pool { return c.cfg.Pool }
