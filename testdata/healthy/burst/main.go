// Burst starts hundreds of goroutines at once every few seconds; all of them
// finish within two seconds and a half.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type batch struct {
	style   service.Style
	results chan int
	wg      sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	low, high := dice.Int(80, 150), dice.Int(200, 400)
	for load.Sleep(ctx, dice.Time(3*time.Second, 9*time.Second)) {
		b := &batch{style: s.Style, results: make(chan int)}
		size := dice.Int(low, high)
		for range size {
			b.start(dice.Time(200*time.Millisecond, 2*time.Second))
		}
		// Collected more slowly than made: for a moment many wait in chan send.
		for range size {
			<-b.results
			time.Sleep(time.Millisecond)
		}
		b.wg.Wait()
	}
	return ctx.Err()
}

func (b *batch) start(took time.Duration) {
	switch b.style {
	case service.Method:
		b.wg.Add(1)
		go b.resize(took)
	case service.WG:
		b.wg.Go(func() {
			time.Sleep(took)
			b.results <- 1
		})
	default:
		b.wg.Add(1)
		go func() {
			defer b.wg.Done()
			time.Sleep(took)
			b.results <- 1
		}()
	}
}

func (b *batch) resize(took time.Duration) {
	defer b.wg.Done()
	time.Sleep(took)
	b.results <- 1
}
