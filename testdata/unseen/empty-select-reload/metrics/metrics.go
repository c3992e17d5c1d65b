// Package metrics collects and shows the state of objects.
package metrics

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Settings are what an operator may change.
type Settings struct {
	Shards    int
	Resources []string // kinds to collect; none: what the cluster has is looked up
	Settle    time.Duration
}

// Generation collects with the same settings all the time.
type Generation interface {
	// Run collects until ctx ends.
	Run(ctx context.Context)
}

// Configure returns a Generation that is not running yet.
func Configure(s Settings) Generation {
	if len(s.Resources) == 0 {
		return &discovering{base: base{shards: s.Shards}, kinds: make(chan string)}
	}
	return &fixed{base: base{shards: s.Shards}, resources: s.Resources}
}

// base is what both kinds of generations do.
type base struct {
	shards int
	seen   atomic.Int64
}

// scrape looks at one kind until ctx ends.
func (b *base) scrape(ctx context.Context, kind string) {
	ticker := time.NewTicker(time.Duration(10+len(kind)) * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			b.seen.Add(int64(b.shards))
		case <-ctx.Done():
			return
		}
	}
}

// fixed collects the kinds it was given.
type fixed struct {
	base
	resources []string
}

func (f *fixed) Run(ctx context.Context) {
	var kinds sync.WaitGroup
	defer kinds.Wait()
	for _, kind := range f.resources {
		kinds.Go(func() { f.scrape(ctx, kind) })
	}
}
