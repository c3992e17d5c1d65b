// Package cart keeps what customers are about to buy.
package cart

import "logcap.test/programs/leaky/double-lock/internal/guarded"

// Discount is what a coupon takes off a cart.
type Discount interface {
	Off(c *Cart) int
}

// account is the state of a cart.
type account struct {
	prices []int
	paid   int
}

func (a account) sum() int {
	sum := 0
	for _, p := range a.prices {
		sum += p
	}
	return sum
}

// Cart is what one customer wants to buy.
type Cart struct {
	account *guarded.Value[account]
}

// New makes a cart with pieces of these prices.
func New(prices ...int) *Cart {
	return &Cart{account: guarded.Of(account{prices: prices})}
}

// Total is the sum of the prices.
func (c *Cart) Total() int { return c.account.Load().sum() }

// Checkout pays for the cart. The discount may be nil.
func (c *Cart) Checkout(d Discount) {
	c.account.Update(func(a *account) {
		a.paid += a.sum() - c.less(d) // cause
	})
}

// less is what a discount takes off, if there is one.
func (c *Cart) less(d Discount) int {
	if d == nil {
		return 0
	}
	return d.Off(c)
}
