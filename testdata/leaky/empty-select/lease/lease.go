// Package lease says how long something is held.
package lease

import (
	"context"
	"time"
)

// Lease is held until Hold returns.
type Lease interface {
	Hold(ctx context.Context)
}

// For is a lease of a fixed time, that ends before if the holder is gone.
type For time.Duration

// Hold waits for the end of the lease.
func (d For) Hold(ctx context.Context) {
	end := time.NewTimer(time.Duration(d))
	defer end.Stop()
	select {
	case <-end.C:
	case <-ctx.Done():
	}
}

// Permanent is a lease that does not run out.
type Permanent struct{}

// Hold keeps the lease alive.
func (Permanent) Hold(context.Context) {
	select {} // cause
}
