// Package health asks the parts of a service whether they work.
package health

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// Checker is one part.
type Checker interface {
	Name() string
	Check(ctx context.Context) error
}

// Manager knows all parts.
type Manager struct {
	running sync.WaitGroup

	mu    sync.RWMutex
	parts []Checker
}

// Register adds a part.
func (m *Manager) Register(parts ...Checker) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.parts = append(m.parts, parts...)
}

// CheckHealth asks all parts at once. It returns as soon as one does not work, or when all of them do.
func (m *Manager) CheckHealth(ctx context.Context) error {
	m.mu.RLock()
	parts := m.parts
	m.mu.RUnlock()

	broken := make(chan error)
	fine := make(chan struct{})
	var left atomic.Int64
	left.Store(int64(len(parts)))
	for _, part := range parts {
		m.spawn(func() {
			if err := part.Check(ctx); err != nil {
				broken <- fmt.Errorf("%s: %w", part.Name(), err)
				return
			}
			if left.Add(-1) == 0 {
				close(fine)
			}
		})
	}
	select {
	case err := <-broken: // cause
		return err
	case <-fine:
		return nil
	}
}

func (m *Manager) spawn(f func()) {
	m.running.Go(f) // leak:func
}
