// Command timer-loop-subscribe is a gateway whose routes refer to services, for as long as the routes are there.
package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/timer-loop-subscribe/registry"
)

func main() { service.Main(service.Program{Run: run}) }

// reference is a route's view of a service.
type reference struct {
	route, service string

	mu        sync.Mutex
	providers map[string]bool
}

func (ref *reference) update(e registry.Event) {
	ref.mu.Lock()
	defer ref.mu.Unlock()
	if e.Gone {
		delete(ref.providers, e.Provider)
		return
	}
	ref.providers[e.Provider] = true
}

type gateway struct {
	registry *registry.Registry
	routes   sync.WaitGroup
	live     atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	known := func(name string) bool { return !strings.HasPrefix(name, "legacy.") }
	g := &gateway{registry: registry.New(registry.Memory{Known: known, Pace: 25 * time.Millisecond})}
	defer g.registry.Destroy()
	err := s.Load(ctx, func(r service.Request) {
		name := "shop.orders"
		if r.Leaks {
			name = "legacy.orders"
		}
		ref := &reference{route: fmt.Sprintf("/r%d", r.ID), service: name, providers: map[string]bool{}}
		g.routes.Go(func() { g.route(ctx, ref, 150*time.Millisecond+r.Work/3) })
	})
	g.routes.Wait()
	return err
}

// route is there for a while.
func (g *gateway) route(ctx context.Context, ref *reference, life time.Duration) {
	g.refer(ref)
	defer g.registry.Unsubscribe(ref.route)
	g.live.Add(1)
	defer g.live.Add(-1)
	select {
	case <-ctx.Done():
	case <-time.After(life):
	}
}

// refer keeps the route's view of its service fresh.
func (g *gateway) refer(ref *reference) {
	go g.registry.Subscribe(ref.route, ref.service, ref.update) // leak:func
}
