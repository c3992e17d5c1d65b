// Cron runs a job every 10 to 20 seconds: a spike of goroutines that is over
// within five seconds.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type job struct {
	style service.Style
	wg    sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	every := dice.Time(10*time.Second, 20*time.Second)
	low, high := dice.Int(40, 80), dice.Int(100, 200)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	if !load.Sleep(ctx, dice.Time(0, 5*time.Second)) {
		return ctx.Err()
	}
	for {
		j := &job{style: s.Style}
		for range dice.Int(low, high) {
			j.start(ctx, dice.Time(time.Second, 4*time.Second))
		}
		j.wg.Wait()
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (j *job) start(ctx context.Context, took time.Duration) {
	switch j.style {
	case service.Method:
		j.wg.Add(1)
		go j.copy(ctx, took)
	case service.WG:
		j.wg.Go(func() { load.Sleep(ctx, took) })
	default:
		j.wg.Add(1)
		go func() {
			defer j.wg.Done()
			load.Sleep(ctx, took)
		}()
	}
}

func (j *job) copy(ctx context.Context, took time.Duration) {
	defer j.wg.Done()
	load.Sleep(ctx, took)
}
