// Command recursive-rlock-status combines the statuses of an object from many clusters and publishes them when they changed.
package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/recursive-rlock-status/status"
)

func main() { service.Main(service.Program{Run: run}) }

// controller works on a queue of objects.
type controller struct {
	resolution *status.Resolution
	queue      chan string
	workers    sync.WaitGroup
	published  atomic.Int64
	noted      atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	c := &controller{resolution: status.NewResolution("default/app"), queue: make(chan string, 256)}
	defer c.workers.Wait()
	for range 3 {
		c.workers.Add(1)
		go c.work(ctx) // leak:func
	}
	c.feed(ctx)
	c.collect(ctx, s.StuckAfter)
	return s.Load(ctx, func(r service.Request) {
		time.AfterFunc(r.Work, func() { c.noted.Add(1) })
	})
}

func (c *controller) work(ctx context.Context) {
	defer c.workers.Done()
	for ctx.Err() == nil {
		object := <-c.queue
		combined, changed := c.resolution.Compare(object)
		if changed {
			c.published.Add(int64(len(combined)))
		}
	}
}

// feed puts objects in the queue while there is room.
func (c *controller) feed(ctx context.Context) {
	c.workers.Go(func() {
		ticker := time.NewTicker(2 * time.Millisecond)
		defer ticker.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			select {
			case c.queue <- fmt.Sprintf("cluster-%d", n%5):
			default:
			}
		}
	})
}

// collect takes new collectors over, from a time on.
func (c *controller) collect(ctx context.Context, from time.Duration) {
	step := func(round int) {
		c.resolution.SetCollectors(map[string]int{"replicas": round, "ready": round / 2})
	}
	c.workers.Add(1)
	go func() { // leak:func
		defer c.workers.Done()
		time.Sleep(from)
		for round := 1; ctx.Err() == nil; round++ {
			step(round)
			time.Sleep(40 * time.Millisecond)
		}
	}()
}
