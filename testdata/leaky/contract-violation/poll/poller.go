// Package poll asks for a state again and again.
package poll

import (
	"sync"
	"sync/atomic"
	"time"
)

// Poller keeps the last state it was told. Who starts one has to stop it.
type Poller[S any] struct {
	every time.Duration
	ask   func() S
	last  atomic.Pointer[S]
	quit  chan struct{}
	once  sync.Once
	wg    sync.WaitGroup
}

// New returns a Poller that is not running yet.
func New[S any](every time.Duration, ask func() S) *Poller[S] {
	return &Poller[S]{every: every, ask: ask, quit: make(chan struct{})}
}

// Last returns the last state, nil before the first.
func (p *Poller[S]) Last() *S { return p.last.Load() }

// Stop ends the polling.
func (p *Poller[S]) Stop() {
	p.once.Do(func() { close(p.quit) })
}

func (p *Poller[S]) poll() {
	state := p.ask()
	p.last.Store(&state)
}

// StartInline begins to poll.
func (p *Poller[S]) StartInline() {
	go func() { // leak:func
		ticker := time.NewTicker(p.every)
		defer ticker.Stop()
		for {
			select {
			case <-p.quit:
				return
			case <-ticker.C:
				p.poll()
			}
		}
	}()
}

func (p *Poller[S]) loop() {
	ticker := time.NewTicker(p.every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.poll()
		case <-p.quit:
			return
		}
	}
}

// StartMethod begins to poll.
func (p *Poller[S]) StartMethod() {
	go p.loop() // leak:method
}

// StartGroup begins to poll.
func (p *Poller[S]) StartGroup() {
	p.wg.Go(p.loop) // leak:wg
}
