package quote

import (
	"context"

	"logcap.test/programs/leaky/timeout-leak/pricing"
)

// ticket is a price that was asked for.
type ticket struct {
	product int
	price   chan Price
}

// open asks p for a firm price.
func (d *Desk) open(p pricing.Pricer, product int) *ticket {
	t := &ticket{product: product, price: make(chan Price)}
	go t.work(p) // leak:method
	return t
}

func (t *ticket) work(p pricing.Pricer) {
	t.price <- Price{Cents: p.Price(t.product), Firm: true}
}

// wait returns the price, unless ctx ends before.
func (t *ticket) wait(ctx context.Context) (Price, error) {
	select {
	case <-ctx.Done(): // cause:method
		return Price{}, ErrTimeout
	case p := <-t.price:
		return p, nil
	}
}
