// Package monitor watches over a backend.
package monitor

import (
	"context"
	"time"

	"logcap.test/programs/healthchecks/pool"
)

// Monitor checks one backend again and again.
type Monitor struct {
	addr    string
	every   time.Duration
	Healthy bool
}

// New makes a monitor.
func New(addr string, every time.Duration) *Monitor { return &Monitor{addr: addr, every: every} }

// Run checks until ctx ends.
func (m *Monitor) Run(ctx context.Context) {
	ticker := time.NewTicker(m.every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			m.Healthy = m.check(ctx) == nil
		}
	}
}

// check makes a pool as the service itself does, so that a broken one is noticed.
func (m *Monitor) check(ctx context.Context) error {
	p := pool.New(m.addr, 5) // cause: it is never closed
	return p.Ping(ctx)
}
