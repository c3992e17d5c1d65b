// Package quote gives prices within a time limit.
package quote

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/leaky/timeout-leak/pricing"
)

// ErrTimeout says that there was no price in time.
var ErrTimeout = errors.New("no price in time")

// Price is what a product costs, in cents.
type Price struct {
	Cents int
	Firm  bool
}

// Desk quotes prices.
type Desk struct {
	limit time.Duration
	tasks errgroup.Group
}

// NewDesk returns a desk that answers within limit.
func NewDesk(limit time.Duration) *Desk { return &Desk{limit: limit} }

// Spot quotes what the product costs now.
func (d *Desk) Spot(_ context.Context, p pricing.Pricer, product int) (Price, error) {
	cents := make(chan int)
	go func() { // leak:func
		cents <- p.Price(product)
	}()
	select {
	case c := <-cents:
		return Price{Cents: c}, nil
	case <-time.After(d.limit): // cause:func
		return Price{}, ErrTimeout
	}
}

// Firm quotes a price that holds for a while.
func (d *Desk) Firm(ctx context.Context, p pricing.Pricer, product int) (Price, error) {
	ctx, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	return d.open(p, product).wait(ctx)
}

// Indicative quotes a price without obligation.
func (d *Desk) Indicative(ctx context.Context, p pricing.Pricer, product int) (Price, error) {
	ctx, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	select {
	case price := <-d.submit(p, product):
		return price, nil
	case <-ctx.Done(): // cause:wg
		return Price{}, context.Cause(ctx)
	}
}

// submit asks p in one of the desk's tasks.
func (d *Desk) submit(p pricing.Pricer, product int) <-chan Price {
	prices := make(chan Price)
	d.tasks.Go(func() error { // leak:wg
		prices <- Price{Cents: p.Price(product)}
		return nil
	})
	return prices
}
