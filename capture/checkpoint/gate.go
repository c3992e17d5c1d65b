package checkpoint

import (
	"context"
	"sync"
	"sync/atomic"
)

// Gate is what sources pass before they send on: closed while positions cannot
// be kept. The zero value is open; passing an open gate costs one load.
type Gate struct {
	closed atomic.Bool

	mu     sync.Mutex
	opened chan struct{} // closed when the gate opens; nil while it is open
}

// Wait returns when the gate is open, or with the cause of ctx's end.
func (g *Gate) Wait(ctx context.Context) error {
	for g.closed.Load() {
		g.mu.Lock()
		opened := g.opened
		g.mu.Unlock()
		if opened == nil {
			break
		}
		select {
		case <-opened:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// Close makes Wait wait.
func (g *Gate) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened == nil {
		g.opened = make(chan struct{})
		g.closed.Store(true)
	}
}

// Open lets everybody pass.
func (g *Gate) Open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.opened != nil {
		g.closed.Store(false)
		close(g.opened)
		g.opened = nil
	}
}

// Closed says that the gate is closed.
func (g *Gate) Closed() bool { return g.closed.Load() }
