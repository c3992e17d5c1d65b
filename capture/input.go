package capture

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
)

// input is one source as it runs, and the Output that it is given.
type input struct {
	c    *Collector
	src  source.Source
	name string

	hard  context.Context // done when what its streams hold is not waited for any more
	drop  context.CancelFunc
	quit  context.CancelCauseFunc // ends reading
	ended chan struct{}           // closed when the source has ended

	mu      sync.Mutex
	streams map[*stream]struct{}
}

// errReplaced is why a source ends that a reload has changed or removed.
var errReplaced = errors.New("the configuration has changed")

func newInput(c *Collector, s source.Source) *input {
	return &input{c: c, src: s, name: s.Name(), streams: map[*stream]struct{}{}}
}

// begin runs the source.
func (c *Collector) begin(in *input) bool {
	reading, quit := context.WithCancelCause(c.reading)
	in.hard, in.drop = context.WithCancel(c.hard)
	in.quit, in.ended = quit, make(chan struct{})
	return c.parts.sources.start("source "+in.name, func() error {
		defer close(in.ended)
		defer quit(nil)
		err := in.src.Run(reading, in)
		if errors.Is(context.Cause(reading), errReplaced) {
			return nil
		}
		if err != nil {
			c.end(fmt.Errorf("read from %s: %w", in.name, err))
		}
		return err
	})
}

// Open begins the way of an origin's records.
func (in *input) Open(key string) source.Stream {
	s := &stream{c: in.c, in: in, key: key}
	s.adopt(in.c.graph.Load())
	in.mu.Lock()
	defer in.mu.Unlock()
	in.streams[s] = struct{}{}
	return s
}

// Pool is where sources get their batches.
func (in *input) Pool() *record.Pool { return in.c.cfg.Pool }

func (in *input) opened() []*stream {
	in.mu.Lock()
	defer in.mu.Unlock()
	all := make([]*stream, 0, len(in.streams))
	for s := range in.streams {
		all = append(all, s)
	}
	return all
}

// stop ends the source. What its streams hold is sent on; when sinks do not take
// it in time it is left, and is read again from the positions that are committed.
// Then it is waited for what the sinks have of it: what they take now is not read twice.
func (in *input) stop() error {
	streams := in.opened()
	in.quit(errReplaced)
	if !in.wait(patience) {
		in.drop()
		if !in.wait(2 * patience) {
			return fmt.Errorf("end source %s: still busy", in.name)
		}
	}
	in.drop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for _, s := range streams {
		for s.order.InFlight() > 0 {
			select {
			case <-late.C:
				return nil
			case <-in.c.hard.Done():
				return nil
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	return nil
}

// wait says whether the source has ended within so long.
func (in *input) wait(most time.Duration) bool {
	late := time.NewTimer(most)
	defer late.Stop()
	select {
	case <-in.ended:
		return true
	case <-in.c.hard.Done():
	case <-late.C:
	}
	return false
}
