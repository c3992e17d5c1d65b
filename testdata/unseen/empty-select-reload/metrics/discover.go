package metrics

import (
	"context"
	"time"
)

// discovering collects whatever kinds there are.
type discovering struct {
	base
	kinds chan string
}

func (d *discovering) Run(ctx context.Context) {
	go d.discover(ctx)
	go d.follow(ctx)
	select {} // cause
}

// discover looks for kinds of objects.
func (d *discovering) discover(ctx context.Context) {
	defer close(d.kinds)
	for _, kind := range []string{"pods", "nodes", "leases"} {
		select {
		case d.kinds <- kind:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// follow collects every kind that is found.
func (d *discovering) follow(ctx context.Context) {
	for kind := range d.kinds {
		go d.scrape(ctx, kind)
	}
}
