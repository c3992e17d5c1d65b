// Filling-pool is a worker pool that starts a worker whenever none is idle, up
// to a bound that it reaches in 15 to 30 seconds: the look-alike of a leak
// through wg.Go, workers in chan receive and more of them every second.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type pool struct {
	style service.Style
	jobs  chan time.Duration
	size  int
	wg    sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	bound := dice.Int(20, 90)
	fill := dice.Time(15*time.Second, 30*time.Second)
	p := &pool{style: s.Style, jobs: make(chan time.Duration)}
	defer p.wg.Wait()
	defer close(p.jobs)
	begin := time.Now()
	for load.Sleep(ctx, dice.Time(50*time.Millisecond, 200*time.Millisecond)) {
		// Jobs come one at a time; what makes the pool grow is that it is told to keep ahead of demand.
		for p.size < load.Ramp(2, bound, fill, time.Since(begin)) {
			p.grow()
		}
		select {
		case p.jobs <- dice.Time(5*time.Millisecond, 100*time.Millisecond):
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

func (p *pool) grow() {
	p.size++
	switch p.style {
	case service.Method:
		p.wg.Add(1)
		go p.workAndTell()
	case service.WG:
		p.wg.Go(p.work)
	default:
		p.wg.Add(1)
		go func() {
			defer p.wg.Done()
			for job := range p.jobs {
				time.Sleep(job)
			}
		}()
	}
}

func (p *pool) workAndTell() {
	defer p.wg.Done()
	p.work()
}

func (p *pool) work() {
	for job := range p.jobs {
		time.Sleep(job)
	}
}
