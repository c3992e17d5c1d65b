// Command contract-violation watches deployments. A Poller must be stopped by whoever started it; a deployment that fails returns
// before the Stop.
package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

var errRollout = errors.New("rollout failed")

func run(ctx context.Context, s *service.Service) error {
	interval := time.Duration(100+s.Rand.IntN(400)) * time.Millisecond
	start := service.Pick(s.Style, (*Poller).startInline, (*Poller).startMethod, (*Poller).startGroup)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		requests.Go(func() { deploy(r, interval, start) })
	})
}

// deploy rolls out one release and watches it meanwhile. A failed rollout leaves its poller running.
func deploy(r service.Request, interval time.Duration, start func(*Poller)) error {
	p := NewPoller(interval)
	start(p)
	time.Sleep(r.Work)
	if r.Leaks {
		return errRollout
	}
	p.Stop()
	return nil
}

// Poller asks for a deployment's state until Stop is called.
type Poller struct {
	interval time.Duration
	stop     chan struct{}
	wg       sync.WaitGroup
	polls    int
}

// NewPoller returns a Poller that is not running yet.
func NewPoller(interval time.Duration) *Poller {
	return &Poller{interval: interval, stop: make(chan struct{})}
}

// Stop ends the polling.
func (p *Poller) Stop() { close(p.stop) }

func (p *Poller) loop() {
	ticker := time.NewTicker(p.interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.polls++
		case <-p.stop:
			return
		}
	}
}

func (p *Poller) startInline() {
	go func() { // leak:func
		ticker := time.NewTicker(p.interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.polls++
			case <-p.stop:
				return
			}
		}
	}()
}

func (p *Poller) startMethod() {
	go p.loop() // leak:method
}

func (p *Poller) startGroup() {
	p.wg.Go(p.loop) // leak:wg
}
