// Command timer-loop caches exchange rates by tenant and refreshes each on a timer. The refreshing loop of a tenant that left has no
// way to end.
package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"sleep", "tick"}}) }

func run(ctx context.Context, s *service.Service) error {
	c := &cache{interval: time.Duration(200+s.Rand.IntN(1800)) * time.Millisecond}
	refresh := service.Pick(s.Style, c.refreshInline, c.refreshMethod, c.refreshGroup)
	if s.Variant == "tick" {
		refresh = service.Pick(s.Style, c.tickInline, c.tickMethod, c.tickGroup)
	}
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		if r.Leaks {
			refresh(&tenant{})
			return
		}
		// A tenant on trial is refreshed once.
		requests.Go(func() {
			time.Sleep(r.Work)
			(&tenant{}).update()
		})
	})
}

type cache struct {
	interval time.Duration
	loops    sync.WaitGroup
}

// tenant is one customer's rates.
type tenant struct{ version atomic.Int64 }

func (t *tenant) update() { t.version.Add(1) }

func (c *cache) refreshInline(t *tenant) {
	go func() { // leak:func
		for {
			time.Sleep(c.interval)
			t.update()
		}
	}()
}

func (c *cache) refreshMethod(t *tenant) {
	go c.refresh(t) // leak:method
}

func (c *cache) refreshGroup(t *tenant) {
	c.loops.Go(func() { // leak:wg
		for {
			time.Sleep(c.interval)
			t.update()
		}
	})
}

func (c *cache) refresh(t *tenant) {
	for {
		time.Sleep(c.interval)
		t.update()
	}
}

func (c *cache) tickInline(t *tenant) {
	go func() { // leak:func
		for range time.Tick(c.interval) {
			t.update()
		}
	}()
}

func (c *cache) tickMethod(t *tenant) {
	go c.tick(t) // leak:method
}

func (c *cache) tickGroup(t *tenant) {
	c.loops.Go(func() { // leak:wg
		for range time.Tick(c.interval) {
			t.update()
		}
	})
}

func (c *cache) tick(t *tenant) {
	for range time.Tick(c.interval) {
		t.update()
	}
}
