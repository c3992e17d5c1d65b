// Command double-lock keeps shopping carts. Checkout locks the cart and asks the coupon, if there is one, what it takes off; the coupon
// asks the cart for its total, which locks it again.
//
// In the stuck variant several tills share one cart, and the first coupon stops them.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/leaky/double-lock/cart"
	"logcap.test/programs/leaky/double-lock/promo"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

type shop struct {
	open      time.Time
	happyHour time.Duration // since the shop opened
	checkouts sync.WaitGroup
}

// order is what a customer brings to the till.
type order struct {
	cart   *cart.Cart
	coupon cart.Discount
	pack   time.Duration
}

func run(ctx context.Context, s *service.Service) error {
	sh := &shop{open: time.Now(), happyHour: s.StuckAfter}
	if s.Variant == "stuck" {
		start := service.Pick(s.Style, sh.tillsInline, sh.tillsMethod, sh.tillsGroup)
		start(cart.New(12, 5), 3+s.Rand.IntN(4))
		<-ctx.Done()
		return ctx.Err()
	}
	checkout := service.Pick(s.Style, sh.checkoutInline, sh.checkoutMethod, sh.checkoutGroup)
	return s.Load(ctx, func(r service.Request) {
		o := order{cart: cart.New(r.ID, 5), pack: r.Work}
		if r.Leaks {
			o.coupon = promo.Percent(10)
		}
		checkout(o)
	})
}

func (sh *shop) checkoutInline(o order) {
	go func() { // leak:func
		time.Sleep(o.pack)
		o.cart.Checkout(o.coupon)
	}()
}

// settle packs an order and takes the money.
func (sh *shop) settle(o order) {
	time.Sleep(o.pack)
	o.cart.Checkout(o.coupon)
}

func (sh *shop) checkoutMethod(o order) {
	go sh.settle(o) // leak:method
}

func (sh *shop) checkoutGroup(o order) {
	sh.checkouts.Go(func() { sh.settle(o) }) // leak:wg
}

// coupon is nil until the happy hour.
func (sh *shop) coupon() cart.Discount {
	if time.Since(sh.open) < sh.happyHour {
		return nil
	}
	return promo.Percent(25)
}

// till sells one cart after the other.
func (sh *shop) till(c *cart.Cart) {
	for {
		time.Sleep(20 * time.Millisecond)
		c.Checkout(sh.coupon())
	}
}

func (sh *shop) tillsInline(c *cart.Cart, tills int) {
	for range tills {
		go func() { // leak:stuck-func
			for {
				time.Sleep(20 * time.Millisecond)
				c.Checkout(sh.coupon())
			}
		}()
	}
}

func (sh *shop) tillsMethod(c *cart.Cart, tills int) {
	for range tills {
		go sh.till(c) // leak:stuck-method
	}
}

func (sh *shop) tillsGroup(c *cart.Cart, tills int) {
	for range tills {
		sh.checkouts.Go(func() { sh.till(c) }) // leak:stuck-wg
	}
}
