// Load-ramp serves requests whose number rises for 10 to 25 seconds and is flat
// from then on. Every request ends within four seconds.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type server struct {
	style service.Style
	dice  *load.Dice
	wg    sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	srv := &server{style: s.Style, dice: load.NewDice(s.Rand)}
	defer srv.wg.Wait()
	top := srv.dice.Int(40, 120) // requests a second
	rise := srv.dice.Time(10*time.Second, 25*time.Second)
	begin := time.Now()
	due := 0.0
	const tick = 50 * time.Millisecond
	for load.Sleep(ctx, tick) {
		due += float64(load.Ramp(2, top, rise, time.Since(begin))) * tick.Seconds()
		for ; due >= 1; due-- {
			srv.accept(ctx)
		}
	}
	return ctx.Err()
}

func (s *server) accept(ctx context.Context) {
	query := make(chan struct{})
	took := s.dice.Time(500*time.Millisecond, 4*time.Second)
	timer := time.AfterFunc(took, func() { close(query) })
	handle := func() {
		defer timer.Stop()
		select {
		case <-query:
		case <-ctx.Done():
		}
	}
	switch s.style {
	case service.Method:
		s.wg.Add(1)
		go s.handle(ctx, query, timer)
	case service.WG:
		s.wg.Go(handle)
	default:
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			handle()
		}()
	}
}

func (s *server) handle(ctx context.Context, query <-chan struct{}, timer *time.Timer) {
	defer s.wg.Done()
	defer timer.Stop()
	select {
	case <-query:
	case <-ctx.Done():
	}
}
