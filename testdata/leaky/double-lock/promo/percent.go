// Package promo is about coupons.
package promo

import "logcap.test/programs/leaky/double-lock/cart"

// Percent takes its share off every cart.
type Percent int

// Off is the share of the cart's total.
func (p Percent) Off(c *cart.Cart) int { return c.Total() * int(p) / 100 }
