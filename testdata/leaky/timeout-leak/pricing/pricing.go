// Package pricing works prices out.
package pricing

import "time"

// Pricer finds the price of a product, in cents.
type Pricer interface {
	Price(product int) int
}

// Catalogue has a list of prices.
type Catalogue struct{ Latency time.Duration }

// Price looks the product up.
func (c Catalogue) Price(product int) int {
	time.Sleep(c.Latency)
	return 100 + product%17
}

// Bundle is priced part by part.
type Bundle struct {
	Parts int
	Each  time.Duration
}

// Price adds the parts up.
func (b Bundle) Price(product int) int {
	sum := 0
	for part := range b.Parts {
		time.Sleep(b.Each)
		sum += 20 + (product+part)%5
	}
	return sum
}
