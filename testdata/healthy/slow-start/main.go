// Slow-start brings up its consumers one after the other for about ten seconds
// and has a constant number from then on.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type broker struct {
	style  service.Style
	orders chan int
	wg     sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	consumers := dice.Int(40, 160)
	climb := dice.Time(8*time.Second, 12*time.Second)
	b := &broker{style: s.Style, orders: make(chan int)}
	defer b.wg.Wait()
	for range consumers {
		if !load.Sleep(ctx, climb/time.Duration(consumers)) {
			return ctx.Err()
		}
		b.start(ctx)
	}
	for order := 0; load.Sleep(ctx, dice.Time(20*time.Millisecond, 400*time.Millisecond)); order++ {
		select {
		case b.orders <- order:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}

func (b *broker) start(ctx context.Context) {
	switch b.style {
	case service.Method:
		b.wg.Add(1)
		go b.consumeAndTell(ctx)
	case service.WG:
		b.wg.Go(func() { b.consume(ctx) })
	default:
		b.wg.Add(1)
		go func() {
			defer b.wg.Done()
			b.consume(ctx)
		}()
	}
}

func (b *broker) consumeAndTell(ctx context.Context) {
	defer b.wg.Done()
	b.consume(ctx)
}

func (b *broker) consume(ctx context.Context) {
	for {
		select {
		case <-b.orders:
		case <-ctx.Done():
			return
		}
	}
}
