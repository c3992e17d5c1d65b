// Package lease elects a leader for a time.
package lease

import (
	"context"
	"time"
)

// Callbacks are what a candidate does.
type Callbacks struct {
	// OnStartedLeading is called when the lease is won. Its context ends with the lease.
	OnStartedLeading func(context.Context)
	// OnStoppedLeading is called after the lease.
	OnStoppedLeading func()
}

// Elector stands for one lease.
type Elector struct {
	Term      time.Duration
	Callbacks Callbacks
}

// Run leads for one term.
func (e Elector) Run(ctx context.Context) {
	defer e.Callbacks.OnStoppedLeading()
	ctx, cancel := context.WithTimeout(ctx, e.Term)
	defer cancel()
	go e.Callbacks.OnStartedLeading(ctx) // leak:func
	e.renew(ctx)
}

// renew holds on to the lease.
func (e Elector) renew(ctx context.Context) {
	ticker := time.NewTicker(e.Term / 4)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}
