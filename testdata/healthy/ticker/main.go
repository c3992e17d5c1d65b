// Ticker runs a constant number of goroutines that each wake on a ticker.
package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type poller struct {
	style service.Style
	polls atomic.Int64
	wg    sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	p := &poller{style: s.Style}
	defer p.wg.Wait()
	for range dice.Int(10, 80) {
		p.start(ctx, dice.Skewed(200*time.Millisecond, 30*time.Second))
	}
	<-ctx.Done()
	return ctx.Err()
}

func (p *poller) start(ctx context.Context, every time.Duration) {
	switch p.style {
	case service.Method:
		p.wg.Add(1)
		go p.pollAndTell(ctx, every)
	case service.WG:
		p.wg.Go(func() { p.poll(ctx, every) })
	default:
		p.wg.Add(1)
		go func() {
			defer p.wg.Done()
			p.poll(ctx, every)
		}()
	}
}

func (p *poller) pollAndTell(ctx context.Context, every time.Duration) {
	defer p.wg.Done()
	p.poll(ctx, every)
}

func (p *poller) poll(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			p.polls.Add(1)
		case <-ctx.Done():
			return
		}
	}
}
