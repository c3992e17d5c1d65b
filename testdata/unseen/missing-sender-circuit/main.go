// Command missing-sender-circuit is a shop: it asks for prices and tells the accounts of orders, both through a circuit breaker.
package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/missing-sender-circuit/circuit"
)

func main() { service.Main(service.Program{Run: run}) }

type shop struct {
	breaker *circuit.Breaker
	priced  atomic.Int64
	lost    atomic.Int64
}

// order is what a customer wants: to know the price, or to buy.
type order struct {
	id   int
	buy  bool
	slow time.Duration
}

func run(ctx context.Context, s *service.Service) error {
	sh := &shop{breaker: circuit.New()}
	defer sh.breaker.Wait()
	return s.Load(ctx, func(r service.Request) {
		sh.accept(order{id: r.ID, buy: r.Leaks, slow: r.Work / 4})
	})
}

func (sh *shop) accept(o order) {
	steps := []func(order) error{sh.price}
	if o.buy {
		steps = append(steps, sh.book)
	}
	go func() { // leak:func
		for _, step := range steps {
			if err := step(o); err != nil {
				sh.lost.Add(1)
				return
			}
		}
	}()
}

// price asks the catalogue.
func (sh *shop) price(o order) error {
	found := make(chan int, 1)
	failed := sh.breaker.Go("price", func() error {
		time.Sleep(o.slow)
		if o.id%50 == 49 {
			return fmt.Errorf("catalogue has no item %d", o.id)
		}
		found <- 100 + o.id
		return nil
	}, nil)
	select {
	case p := <-found:
		sh.priced.Add(int64(p))
		return nil
	case err := <-failed:
		return err
	}
}

// book tells the accounts.
func (sh *shop) book(o order) error {
	return <-sh.breaker.Go("book", func() error { // cause
		time.Sleep(o.slow / 2)
		return nil
	}, func(err error) error { return fmt.Errorf("book order %d: %w", o.id, err) })
}
