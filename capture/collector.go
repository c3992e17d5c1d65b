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
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/logcap/logcap/capture/checkpoint"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/tap"
)

// Config is what a collector is made of.
type Config struct {
	Sources []source.Source  // at least one; names differ
	Sinks   []deliver.Config // at least one; names differ
	Stages  []Stage          // in their order; none: records go on as they are read
	Routes  []Route          // none: every record goes to every sink

	Store           *checkpoint.Store   // nil: no positions are kept
	Kept            checkpoint.Sections // what it had; of sources that this run does not have it stays
	CheckpointEvery time.Duration       // 0: 1 s

	Hold         time.Duration // how long stages wait for an event to grow; 0: 1 s
	DrainTimeout time.Duration // how long Run goes on delivering once its ctx is done; 0: 10 s

	Pool  *record.Pool  // nil: one is made
	Board *notice.Board // nil: problems are told to nobody
	Tap   *tap.Hub      // what passes behind the stages is shown there; nil: to nobody

	// Watch is called with what the collector says of itself every WatchEvery, as
	// long as it runs; nil: nobody is.
	Watch func(now time.Time, s Stats)
}

// Collector runs a Config once.
type Collector struct {
	cfg   Config
	graph atomic.Pointer[graph]
	saver *checkpoint.Saver // nil without a store
	gate  *checkpoint.Gate
	hard  context.Context // done when delivery ends, whatever is left
	stop  context.CancelCauseFunc

	reading context.Context // of all sources
	end     context.CancelCauseFunc
	parts   struct{ sources, sinks, keeping group }
	kept    context.Context // of what goes on until all is delivered

	unrouted  atomic.Uint64
	reloading sync.Mutex // one at a time

	mu        sync.Mutex
	started   time.Time
	inputs    []*input
	past      map[string]source.Stats // of sources by name, that have ended before a reload
	removed   map[string]source.Source
	retired   []*output
	gone      []SinkStats         // of what was in retired, by name
	counts    []*stageCount       // of all stages there were
	positions checkpoint.Sections // what the sources said last that they had committed
	running   bool
	flushing  bool // the clock of held records runs
	ending    bool // nothing more is read, and nothing is changed
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
	c := &Collector{cfg: cfg, gate: &checkpoint.Gate{}, past: map[string]source.Stats{}, removed: map[string]source.Source{}}
	var outputs []*output
	for _, s := range cfg.Sinks {
		outputs = append(outputs, c.newOutput(s))
	}
	stages := newStages(cfg.Stages, nil)
	c.counting(stages)
	c.graph.Store(newGraph(stages, cfg.Routes, outputs))
	for _, s := range cfg.Sources {
		c.inputs = append(c.inputs, newInput(c, s))
	}
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
	c.reading, c.end = context.WithCancelCause(ctx)
	defer c.end(nil)
	drain := time.AfterFunc(1<<63-1, func() { c.stop(errDrain) })
	defer drain.Stop()
	defer context.AfterFunc(c.reading, func() {
		c.phase(func() { c.ending = true })
		drain.Reset(c.cfg.DrainTimeout - c.cfg.reserve())
	})()

	var kept context.CancelFunc
	c.kept, kept = context.WithCancel(c.hard)
	defer kept()
	if c.saver != nil {
		c.parts.keeping.start("checkpoint", func() error { return c.saver.Run(c.kept) })
	}
	c.parts.keeping.start("watch", func() error { return c.watch(c.kept) })
	c.mu.Lock()
	g := c.graph.Load()
	c.flushStages(g)
	c.parts.sinks.hold() // one that is gone at once is not the end of all
	for _, o := range g.outputs {
		c.deliver(o)
	}
	c.parts.sinks.release()
	c.parts.sources.hold()
	for _, in := range c.inputs {
		c.begin(in)
	}
	c.parts.sources.release()
	c.running = true
	c.mu.Unlock()

	// The sender closes: sinks learn that there is no more when all sources have ended.
	err := c.parts.sources.wait(c.hard, 0)
	outputs := c.close()
	err = errors.Join(err, c.parts.sinks.wait(c.hard, c.cfg.reserve()/2))
	kept()
	err = errors.Join(err, c.parts.keeping.wait(c.hard, c.cfg.reserve()/2))
	if !c.parts.sinks.idle() {
		return err // a sink that still writes cannot be closed
	}
	for _, o := range outputs {
		if e := o.d.CloseSink(); e != nil {
			err = errors.Join(err, fmt.Errorf("close sink %s: %w", o.name, e))
		}
	}
	return err
}

// close ends the queues of all sinks; a reload that comes now comes too late.
func (c *Collector) close() []*output {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
	outputs := c.graph.Load().outputs
	for _, o := range outputs {
		o.d.Close()
	}
	return outputs
}

// deliver runs the way to a sink.
func (c *Collector) deliver(o *output) bool {
	return c.parts.sinks.start("sink "+o.name, func() error {
		err := o.d.Run(c.hard)
		if err != nil && c.hard.Err() == nil {
			c.end(err)
		}
		if o.d.Retired() { // nobody else closes it
			err = errors.Join(err, o.d.CloseSink())
		}
		return err
	})
}

// flushStages runs the clock of held records once there are stages. Called under the lock.
func (c *Collector) flushStages(g *graph) {
	if len(g.stages) > 0 && !c.flushing {
		c.flushing = c.parts.keeping.start("stages", func() error { return c.flushHeld(c.kept) })
	}
}

// errDrain is why delivery was ended with records left.
var errDrain = errors.New("the drain timeout is over")

// state gathers what the sources have committed, those that a reload or a new start has removed
// included: a source that comes back goes on where it was.
func (c *Collector) state() (checkpoint.Sections, bool) {
	c.mu.Lock()
	sources := maps.Clone(c.removed)
	for _, in := range c.inputs {
		sources[in.name] = in.src
	}
	c.mu.Unlock()
	all, any := maps.Clone(c.cfg.Kept), false
	if all == nil {
		all = checkpoint.Sections{}
	}
	for name, s := range sources {
		delete(all, name)
		state, changed := s.State()
		if len(state) > 0 {
			all[name] = state
		}
		any = any || changed
	}
	c.phase(func() { c.positions = all })
	return all, any
}
