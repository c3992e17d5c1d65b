// Package opened has types that run a goroutine until they are closed.
package opened

import (
	"context"
	"sync"
	"time"
)

// Watcher looks at something.
type Watcher struct {
	stop chan struct{}
	once sync.Once
}

func New() *Watcher { // want New:`opens what Close ends`
	w := &Watcher{stop: make(chan struct{})}
	go w.run()
	return w
}

func (w *Watcher) run() {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-t.C:
		}
	}
}

func (w *Watcher) Close() { w.once.Do(func() { close(w.stop) }) }

func (w *Watcher) Look() {}

// Loop runs until its context ends.
type Loop struct{ cancel context.CancelFunc }

func Begin() *Loop { // want Begin:`opens what Shutdown ends`
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-ctx.Done() }()
	return &Loop{cancel: cancel}
}

func (l *Loop) Shutdown() { l.cancel() }

// Within ends with its parent too.
type Within struct{ cancel context.CancelFunc }

func BeginWithin(parent context.Context) *Within {
	ctx, cancel := context.WithCancel(parent)
	go func() { <-ctx.Done() }()
	return &Within{cancel: cancel}
}

func (w *Within) Close() { w.cancel() }

// Poller is started apart.
type Poller struct{ quit chan struct{} }

func NewPoller() *Poller { return &Poller{quit: make(chan struct{})} } // want NewPoller:`makes`

func (p *Poller) Start() { go p.run() } // want Start:`opens what Stop ends`

func (p *Poller) run() { <-p.quit }

func (p *Poller) Stop() { close(p.quit) }

// Once ends by itself.
type Once struct{ stop chan struct{} }

func NewOnce(work func()) *Once {
	o := &Once{stop: make(chan struct{})}
	go func() {
		select {
		case <-o.stop:
		case <-time.After(time.Second):
			work()
		}
	}()
	return o
}

func (o *Once) Close() { close(o.stop) }

// Server can be ended by its listener as well.
type Server struct{ stop chan struct{} }

// Listener belongs to a server.
type Listener struct{ s *Server }

func (s *Server) Listen() *Listener {
	go func() { <-s.stop }()
	return &Listener{s}
}

func (s *Server) Close()   { close(s.stop) }
func (l *Listener) Close() { l.s.Close() }
