// Command double-lock keeps shopping carts. Checkout locks the cart and calls Total, which locks it again when there is a coupon.
//
// The stuck variant has one store for all its workers, and the first coupon stops them.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

type shop struct {
	checkouts sync.WaitGroup
}

// cart is what one customer wants to buy.
type cart struct {
	mu     sync.Mutex
	prices []int
	coupon bool
	paid   int
	work   time.Duration
}

func run(ctx context.Context, s *service.Service) error {
	sh := &shop{}
	if s.Variant == "stuck" {
		st := &store{begin: time.Now(), couponAfter: s.StuckAfter}
		start := service.Pick(s.Style, sh.workInline, sh.workMethod, sh.workGroup)
		start(st, 3+s.Rand.IntN(4))
		<-ctx.Done()
		return ctx.Err()
	}
	checkout := service.Pick(s.Style, sh.checkoutInline, sh.checkoutMethod, sh.checkoutGroup)
	return s.Load(ctx, func(r service.Request) {
		checkout(&cart{prices: []int{r.ID, 5}, coupon: r.Leaks, work: r.Work})
	})
}

// Total is the sum of the prices. It locks the cart, for others call it, too.
func (c *cart) Total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	sum := 0
	for _, p := range c.prices {
		sum += p
	}
	return sum
}

// Checkout pays for the cart.
func (c *cart) Checkout() {
	time.Sleep(c.work)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.coupon {
		c.paid = c.Total() * 9 / 10
		return
	}
	for _, p := range c.prices {
		c.paid += p
	}
}

func (sh *shop) checkoutInline(c *cart) {
	go func() { // leak:func
		time.Sleep(c.work)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.coupon {
			c.paid = c.Total() * 9 / 10
		}
	}()
}

func (sh *shop) checkoutMethod(c *cart) {
	go c.Checkout() // leak:method
}

func (sh *shop) checkoutGroup(c *cart) {
	sh.checkouts.Go(c.Checkout) // leak:wg
}

// store is the stock that all workers of the stuck variant share.
type store struct {
	mu          sync.Mutex
	sold        int
	begin       time.Time
	couponAfter time.Duration
}

func (st *store) count() int {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.sold
}

// sell sells one piece at a time, for ever.
func (st *store) sell() {
	for {
		time.Sleep(20 * time.Millisecond)
		st.sellOne()
	}
}

func (st *store) sellOne() {
	st.mu.Lock()
	defer st.mu.Unlock()
	if time.Since(st.begin) > st.couponAfter && st.count() > 0 {
		return
	}
	time.Sleep(time.Millisecond)
	st.sold++
}

func (sh *shop) workInline(st *store, workers int) {
	for range workers {
		go func() { // leak:stuck-func
			for {
				time.Sleep(20 * time.Millisecond)
				st.sellOne()
			}
		}()
	}
}

func (sh *shop) workMethod(st *store, workers int) {
	for range workers {
		go st.sell() // leak:stuck-method
	}
}

func (sh *shop) workGroup(st *store, workers int) {
	for range workers {
		sh.checkouts.Go(st.sell) // leak:stuck-wg
	}
}
