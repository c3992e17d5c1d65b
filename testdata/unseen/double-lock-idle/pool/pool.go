// Package pool shares connections.
package pool

import (
	"context"
	"sync"
	"time"
)

// Conn is what a pool holds.
type Conn interface{ Close() error }

// Pool opens connections when it has none to give, and closes those that were unused for a while.
type Pool[C Conn] struct {
	open    func(context.Context) (C, error)
	maxIdle time.Duration
	unused  stack[C]
	done    chan struct{}
	janitor sync.WaitGroup
}

// New returns a pool with size connections.
func New[C Conn](ctx context.Context, size int, maxIdle time.Duration, open func(context.Context) (C, error)) (*Pool[C], error) {
	p := &Pool[C]{open: open, maxIdle: maxIdle, done: make(chan struct{})}
	for range size {
		c, err := open(ctx)
		if err != nil {
			return nil, err
		}
		p.unused.push(c)
	}
	p.janitor.Add(1)
	go p.clean(ctx) // leak:func
	return p, nil
}

// Close ends the pool's own work.
func (p *Pool[C]) Close() {
	close(p.done)
	p.janitor.Wait()
}

// Get returns a connection; Put takes it back.
func (p *Pool[C]) Get(ctx context.Context) (C, error) {
	if c, ok := p.unused.pop(); ok {
		return c, nil
	}
	return p.open(ctx)
}

// Put takes a connection back.
func (p *Pool[C]) Put(c C) { p.unused.push(c) }

// Unused returns how many connections wait for somebody.
func (p *Pool[C]) Unused() int { return p.unused.size() }

func (p *Pool[C]) clean(ctx context.Context) {
	defer p.janitor.Done()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-ticker.C:
			p.renew(ctx)
		}
	}
}

// renew replaces connections that were unused for too long, so that the pool keeps its size.
func (p *Pool[C]) renew(ctx context.Context) {
	p.unused.sweep(func(e entry[C]) bool {
		if time.Since(e.idle) < p.maxIdle {
			return false
		}
		e.conn.Close()
		if c, err := p.open(ctx); err == nil {
			p.Put(c) // cause
		}
		return true
	})
}
