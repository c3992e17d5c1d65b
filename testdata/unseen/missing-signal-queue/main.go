// Command missing-signal-queue runs a controller for each kind of object that is asked for, and stops it after a while.
package main

import (
	"context"
	"fmt"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/missing-signal-queue/cache"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	return s.Load(ctx, func(r service.Request) {
		c := &controller{
			kind:    fmt.Sprintf("kind-%d", r.ID),
			objects: 4 + r.ID%5,
			granted: !r.Leaks,
			queue:   cache.NewFIFO(func(o object) string { return o.name }),
		}
		go c.run(ctx, r.Work)
	})
}

type object struct {
	name    string
	version int
}

// controller follows the objects of one kind.
type controller struct {
	kind    string
	objects int
	granted bool // to list the kind
	queue   *cache.FIFO[object]
}

// run works until the kind is no longer wanted.
func (c *controller) run(ctx context.Context, wanted time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, wanted)
	defer cancel()
	c.process(2)
	if err := c.list(ctx); err != nil {
		c.queue.Close()
		return
	}
	c.resync(ctx)
	c.queue.Drain()
}

// process handles what is in the queue.
func (c *controller) process(workers int) {
	for range workers {
		go func() { // leak:func
			for {
				o, err := c.queue.Pop()
				if err != nil {
					return
				}
				o.version++
			}
		}()
	}
}

// list fills the queue for the first time.
func (c *controller) list(ctx context.Context) error {
	select {
	case <-time.After(10 * time.Millisecond):
	case <-ctx.Done():
		return ctx.Err()
	}
	if !c.granted {
		return fmt.Errorf("list %s: forbidden", c.kind)
	}
	c.add(1)
	return nil
}

// resync adds all objects again and again.
func (c *controller) resync(ctx context.Context) {
	ticker := time.NewTicker(15 * time.Millisecond)
	defer ticker.Stop()
	for version := 2; ; version++ {
		select {
		case <-ticker.C:
			c.add(version)
		case <-ctx.Done():
			return
		}
	}
}

func (c *controller) add(version int) {
	for i := range c.objects {
		c.queue.Add(object{fmt.Sprintf("%s/%d", c.kind, i), version})
	}
}
