// Package monitor keeps an eye on the backends.
package monitor

import (
	"context"
	"fmt"
	"time"

	"logcap.test/programs/leaky/client-per-call/pool"
)

// Target is one thing to check.
type Target struct {
	ID int
	// Cold asks for a check that includes connecting.
	Cold bool
	// Budget is how long the backend may work on it.
	Budget time.Duration
}

// Monitor checks the targets of one backend.
type Monitor struct {
	addr string
	warm *pool.Pool
}

// New makes a monitor of the backend at addr.
func New(addr string) *Monitor {
	return &Monitor{addr: addr, warm: pool.New(addr, 3)}
}

// Close gives back the connections of the warm checks.
func (m *Monitor) Close() { m.warm.Close() }

// Check says whether a target is well.
func (m *Monitor) Check(ctx context.Context, t Target) error {
	check := m.warm.Ping
	if t.Cold {
		check = m.connect
	}
	if err := check(ctx, fmt.Sprintf("/%d?work=%s", t.ID, t.Budget)); err != nil {
		return fmt.Errorf("check target %d: %w", t.ID, err)
	}
	return nil
}

// connect asks through connections that nobody used before.
func (m *Monitor) connect(ctx context.Context, path string) error {
	p := pool.New(m.addr, 2) // cause
	return p.Ping(ctx, path)
}
