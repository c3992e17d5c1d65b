// Command double-send-voucher retrieves content from providers who want to be paid for it.
package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/double-send-voucher/events"
	"logcap.test/programs/unseen/double-send-voucher/retrieval"
)

func main() { service.Main(service.Program{Run: run}) }

var (
	errLocked = errors.New("wallet is locked")
	errAmount = errors.New("voucher pays too little")
)

// wallet is that of a customer.
type wallet struct{ locked bool }

func (w wallet) Voucher(_ context.Context, amount int) (retrieval.Voucher, error) {
	if w.locked {
		return retrieval.Voucher{}, errLocked
	}
	if amount > 900 {
		return retrieval.Voucher{Amount: 900, Shortfall: amount - 900}, nil
	}
	return retrieval.Voucher{Amount: amount}, nil
}

// provider serves one deal.
type provider struct {
	bus   events.Bus[retrieval.Event]
	price int
	pace  time.Duration
}

func (p *provider) Events() *events.Bus[retrieval.Event] { return &p.bus }

func (p *provider) Propose() error {
	p.bus.Publish(retrieval.Event{Kind: retrieval.Accepted})
	time.Sleep(p.pace)
	p.bus.Publish(retrieval.Event{Kind: retrieval.Payment, Owed: p.price})
	return nil
}

func (p *provider) Accept(v retrieval.Voucher) error {
	time.Sleep(p.pace)
	if v.Amount < p.price {
		return errAmount
	}
	p.bus.Publish(retrieval.Event{Kind: retrieval.Complete})
	return nil
}

type market struct {
	deals  sync.WaitGroup
	failed atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	m := &market{}
	defer m.deals.Wait()
	return s.Load(ctx, func(r service.Request) {
		p := &provider{price: 10 + r.ID%1000, pace: r.Work / 4}
		m.deals.Go(func() {
			if err := retrieval.Fetch(ctx, p, wallet{locked: r.Leaks}); err != nil {
				m.failed.Add(1)
			}
		})
	})
}
