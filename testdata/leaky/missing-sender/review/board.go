// Package review decides which orders are shipped.
package review

import (
	"sync/atomic"
	"time"

	"logcap.test/programs/leaky/missing-sender/order"
)

// Board is the people who decide.
type Board struct {
	people  []string
	skipped atomic.Int64
}

// NewBoard returns a board of people.
func NewBoard(people ...string) *Board { return &Board{people: people} }

// Review looks at o and decides.
func (b *Board) Review(o *order.Order) {
	time.Sleep(o.Effort)
	by := b.people[o.ID%len(b.people)]
	switch {
	case o.Withdrawn():
		b.skipped.Add(1)
		return // cause
	case o.ID%50 == 49: // out of stock
		o.Decide(order.Decision{By: by})
	default:
		o.Decide(order.Decision{By: by, Granted: true})
	}
}
