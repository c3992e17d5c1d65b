package capture

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/queue"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/source"
)

// Plan is what a running collector is to become. What it does not name is ended.
type Plan struct {
	Sources []SourcePlan
	Sinks   []SinkPlan
	Stages  []Stage
	Routes  []Route
}

// SourcePlan is one source of a Plan.
type SourcePlan struct {
	Name string
	Keep bool // the one that runs under the name goes on as it is

	// Make makes it, from the positions that one of the name had committed; nil when there was none.
	Make func(resume source.State) (source.Source, error)
}

// SinkPlan is one sink of a Plan.
type SinkPlan struct {
	deliver.Config      // without its Sink and its Queue
	Keep           bool // the one that runs under the name goes on as it is
	Alone          bool // the one that runs under the name has to be closed before Make is called

	Make  func() (sink.Sink, error)
	Again func() (sink.Sink, error) // makes the one that runs under the name anew; when there is one

	// Queue opens the queue on disk of a sink that is new; nil: it waits in memory. A sink that is changed keeps its own.
	Queue func() (*queue.Queue, error)
}

// ErrEnding is the answer of Reload before Run, and when the collector ends already.
var ErrEnding = errors.New("the collector is not running, or is ending")

// Reload makes of a running collector what plan says. Parts that are kept run
// on; a batch on its way notices nothing.
//
// A sink that is changed keeps its queue, which goes to the new one; what a removed
// one has not taken within the drain timeout is dropped and counted. A source
// that is changed ends, and goes on from what was acknowledged; when sinks do
// not take what they have of it within two seconds, that is read twice.
//
// An error says that a part cannot be made, and that all is as it was; but for
// one that wraps ErrPartly.
func (c *Collector) Reload(ctx context.Context, plan Plan) error {
	c.reloading.Lock()
	defer c.reloading.Unlock()
	c.mu.Lock()
	can := c.running && !c.ending
	c.mu.Unlock()
	if !can || !c.parts.sources.hold() {
		return ErrEnding
	}
	defer c.parts.sources.release()
	for _, s := range plan.Sources {
		if s.Keep {
			continue
		}
		if _, err := s.Make(nil); err != nil {
			return fmt.Errorf("make source %s: %w", s.Name, err)
		}
	}
	outputs, added, err := c.exchange(ctx, plan.Sinks)
	if err != nil {
		return err
	}
	ended, err := c.endSources(plan.Sources)
	retired := c.install(plan, outputs, added)
	for _, o := range retired {
		o.d.Retire(c.cfg.DrainTimeout)
	}
	return errors.Join(err, c.beginSources(plan.Sources, ended))
}

// ErrPartly is in the error of a Reload that was not done in full, and cannot be taken back.
var ErrPartly = errors.New("the new configuration is in force but for this")

// exchanged is a sink that is made or changed, and how that is taken back.
type exchanged struct {
	plan SinkPlan
	out  *output
	made sink.Sink // nil: it is made when the one before is closed
	old  deliver.Config
	in   bool // it is in its place
	new  bool // there was none before
}

// exchange makes the sinks that are new or changed. Those that are changed are in
// their place when it returns without an error, and as they were with one.
func (c *Collector) exchange(ctx context.Context, sinks []SinkPlan) (outputs, added []*output, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*patience)
	defer cancel()
	var changes []*exchanged
	defer func() {
		if err != nil {
			for _, x := range slices.Backward(changes) {
				x.undo(context.WithoutCancel(ctx))
			}
		}
	}()
	before := c.graph.Load().outputs
	for _, s := range sinks {
		i := slices.IndexFunc(before, func(o *output) bool { return o.name == s.Name })
		if i >= 0 && s.Keep {
			outputs = append(outputs, before[i])
			continue
		}
		x := &exchanged{plan: s, new: i < 0}
		if x.new || !s.Alone {
			if x.made, err = s.Make(); err != nil {
				return nil, nil, fmt.Errorf("make sink %s: %w", s.Name, err)
			}
		}
		if changes = append(changes, x); x.new {
			if err = c.openQueue(ctx, x); err != nil {
				return nil, nil, fmt.Errorf("make sink %s: %w", s.Name, err)
			}
			x.plan.Config.Sink = x.made
			x.out = c.newOutput(x.plan.Config)
			added = append(added, x.out)
		} else {
			x.out = before[i]
		}
		outputs = append(outputs, x.out)
	}
	for _, x := range changes {
		if err := x.place(ctx); err != nil {
			return nil, nil, fmt.Errorf("change sink %s: %w", x.plan.Name, err)
		}
	}
	return outputs, added, nil
}

// openQueue opens the queue of a new sink. One of the same name that was removed before, and still delivers from it, ends first.
func (c *Collector) openQueue(ctx context.Context, x *exchanged) error {
	if x.plan.Queue == nil {
		return nil
	}
	c.mu.Lock()
	before := slices.Clone(c.retired)
	c.mu.Unlock()
	for _, o := range before {
		if o.name != x.plan.Name || o.d.Config().Queue == nil {
			continue
		}
		o.d.Expire()
		select {
		case <-o.d.Ended():
		case <-ctx.Done():
			return errors.New("the one of before, which was removed, does not end its write")
		}
	}
	opened, err := x.plan.Queue()
	x.plan.Config.Queue = opened
	return err
}

// place puts a changed sink in the place of the one before.
func (x *exchanged) place(ctx context.Context) error {
	if x.new {
		return nil
	}
	x.old = x.out.d.Config()
	make := x.plan.Make
	if x.made != nil {
		make = func() (sink.Sink, error) { return x.made, nil }
	}
	if err := x.out.d.Replace(ctx, x.plan.Config, make, x.plan.Again); err != nil {
		return err
	}
	x.in = true
	return nil
}

// undo takes back what was done. What was made and not used has nothing to lose.
func (x *exchanged) undo(ctx context.Context) {
	switch {
	case x.in:
		_ = x.out.d.Replace(ctx, x.old, x.plan.Again, x.plan.Again) // Again is tried again at the next Write
	case x.made != nil:
		_ = x.made.Close()
	}
	if q := x.plan.Config.Queue; q != nil {
		_ = q.Close()
	}
}

// install puts the new graph in place, and gives the sinks that are no part of it any more.
func (c *Collector) install(plan Plan, outputs, added []*output) (retired []*output) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.graph.Load()
	for _, o := range added {
		if c.ending || !c.deliver(o) { // the drain timeout was over meanwhile
			_ = o.d.Discard()
		}
	}
	if c.ending {
		return nil
	}
	stages := newStages(plan.Stages, before.stages)
	c.counting(stages)
	g := newGraph(stages, plan.Routes, outputs)
	c.graph.Store(g)
	c.flushStages(g)
	for _, o := range before.outputs {
		if !slices.Contains(outputs, o) {
			retired = append(retired, o)
		}
	}
	c.forget()
	c.retired = append(c.retired, retired...)
	return retired
}

// endSources ends those that are changed or no part of the plan, all at once,
// and gives their positions by name.
func (c *Collector) endSources(plan []SourcePlan) (map[string]source.State, error) {
	c.mu.Lock()
	var change []*input
	for _, in := range c.inputs {
		if !slices.ContainsFunc(plan, func(p SourcePlan) bool { return p.Name == in.name && p.Keep }) {
			change = append(change, in)
		}
	}
	c.mu.Unlock()
	var all sync.WaitGroup
	errs := make([]error, len(change))
	for i, in := range change {
		all.Go(func() { errs[i] = in.stop() })
	}
	all.Wait()
	ended := map[string]source.State{}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, in := range change {
		if errs[i] != nil {
			continue
		}
		state, _ := in.src.State()
		ended[in.name] = state
		c.past[in.name] = sumSource(c.past[in.name], in.src.Stats())
		c.removed[in.name] = in.src
		c.inputs = slices.DeleteFunc(c.inputs, func(o *input) bool { return o == in })
	}
	return ended, partly(errors.Join(errs...))
}

// beginSources makes and runs those that are new or changed.
func (c *Collector) beginSources(plan []SourcePlan, ended map[string]source.State) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, p := range plan {
		if c.ending || slices.ContainsFunc(c.inputs, func(in *input) bool { return in.name == p.Name }) {
			continue // it is kept, or did not end
		}
		resume, ok := ended[p.Name]
		if before := c.removed[p.Name]; !ok && before != nil {
			resume, _ = before.State() // it was removed by another reload
		}
		src, err := p.Make(resume)
		if err != nil {
			errs = append(errs, fmt.Errorf("make source %s: %w", p.Name, err))
			continue
		}
		delete(c.removed, p.Name)
		in := newInput(c, src)
		if c.begin(in) {
			c.inputs = append(c.inputs, in)
		}
	}
	return partly(errors.Join(errs...))
}

func partly(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", ErrPartly, err)
}
