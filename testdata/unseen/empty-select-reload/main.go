// Command empty-select-reload exports the state of a cluster's objects. Every change of its settings begins a new generation of collectors.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/empty-select-reload/metrics"
)

func main() { service.Main(service.Program{Run: run}) }

// exporter has the generation that is in force.
type exporter struct {
	generations sync.WaitGroup

	mu      sync.Mutex
	current context.CancelFunc
	serial  int
}

func run(ctx context.Context, s *service.Service) error {
	x := &exporter{}
	return s.Load(ctx, func(r service.Request) {
		settings := metrics.Settings{Shards: 1 + r.ID%3, Settle: r.Work / 3}
		if !r.Leaks {
			settings.Resources = []string{"pods", "nodes"}
		}
		x.apply(ctx, settings)
	})
}

// apply ends the generation in force and begins one with new settings.
func (x *exporter) apply(ctx context.Context, settings metrics.Settings) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.current != nil {
		x.current()
	}
	ctx, x.current = context.WithCancel(ctx)
	x.serial++
	next := metrics.Configure(settings)
	x.generations.Go(func() { // leak:func
		time.Sleep(settings.Settle)
		next.Run(ctx)
	})
}
