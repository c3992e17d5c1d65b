// Command double-lock-idle runs statements of several sessions over one pool of connections.
package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/double-lock-idle/pool"
)

func main() { service.Main(service.Program{Run: run}) }

// backend is one connection to the database.
type backend struct {
	id     int64
	closed atomic.Bool
}

var errClosed = errors.New("connection is closed")

func (b *backend) Close() error {
	b.closed.Store(true)
	return nil
}

func (b *backend) exec(cost time.Duration) error {
	if b.closed.Load() {
		return errClosed
	}
	time.Sleep(cost)
	return nil
}

// pooler is the service: a fixed number of sessions.
type pooler struct {
	conns    *pool.Pool[*backend]
	sessions sync.WaitGroup
	done     atomic.Int64
	failed   atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	var opened atomic.Int64
	open := func(context.Context) (*backend, error) { return &backend{id: opened.Add(1)}, nil }
	sessions := 4 + s.Rand.IntN(4)
	conns, err := pool.New(ctx, sessions+2, s.StuckAfter, open)
	if err != nil {
		return err
	}
	p := &pooler{conns: conns}
	for i := range sessions {
		p.serve(ctx, time.Duration(10+i)*time.Millisecond)
	}
	p.sessions.Wait()
	conns.Close()
	return ctx.Err()
}

// serve starts one session.
func (p *pooler) serve(ctx context.Context, cost time.Duration) {
	p.sessions.Add(1)
	go func() { // leak:func
		defer p.sessions.Done()
		for ctx.Err() == nil {
			if err := p.statement(ctx, cost); err != nil {
				p.failed.Add(1)
				continue
			}
			p.done.Add(1)
		}
	}()
}

func (p *pooler) statement(ctx context.Context, cost time.Duration) error {
	c, err := p.conns.Get(ctx)
	if err != nil {
		return err
	}
	defer p.conns.Put(c)
	return c.exec(cost)
}
