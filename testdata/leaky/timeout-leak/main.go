// Command timeout-leak answers price requests with a time limit. When the pricing takes longer, nobody receives the price any more.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

// limit is how long a caller waits.
const limit = 300 * time.Millisecond

var errTimeout = errors.New("no price in time")

type pricer struct {
	group errgroup.Group
	price func(context.Context, service.Request) (int, error)
}

func run(ctx context.Context, s *service.Service) error {
	p := &pricer{}
	p.price = service.Pick(s.Style, p.priceInline, p.priceMethod, p.priceGroup)
	return s.LoadHTTP(ctx, p)
}

func (p *pricer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	price, err := p.price(r.Context(), service.FromHTTP(r))
	if err != nil {
		http.Error(w, err.Error(), http.StatusGatewayTimeout)
		return
	}
	fmt.Fprintln(w, price)
}

// compute is fast for the usual product and takes twice the limit for a bundle.
func compute(r service.Request) int {
	if r.Leaks {
		time.Sleep(2 * limit)
	} else {
		time.Sleep(r.Work / 10)
	}
	return 100 + r.ID%17
}

func (p *pricer) priceInline(ctx context.Context, r service.Request) (int, error) {
	result := make(chan int)
	go func() { // leak:func
		result <- compute(r)
	}()
	select {
	case price := <-result:
		return price, nil
	case <-time.After(limit):
		return 0, errTimeout
	}
}

func (p *pricer) priceMethod(ctx context.Context, r service.Request) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	result := make(chan int)
	go p.compute(r, result) // leak:method
	select {
	case price := <-result:
		return price, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (p *pricer) compute(r service.Request, result chan<- int) {
	result <- compute(r)
}

func (p *pricer) priceGroup(ctx context.Context, r service.Request) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	result := make(chan int)
	p.group.Go(func() error { // leak:wg
		result <- compute(r)
		return nil
	})
	select {
	case price := <-result:
		return price, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
