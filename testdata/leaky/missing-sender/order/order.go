// Package order is what customers want.
package order

import (
	"sync/atomic"
	"time"
)

// Decision is what came out of a review.
type Decision struct {
	By      string
	Granted bool
}

// Order is one customer's order.
type Order struct {
	ID int
	// Effort is how long it takes to look at it.
	Effort time.Duration

	decision  chan Decision
	withdrawn atomic.Bool
}

// New returns an order nobody has decided on.
func New(id int, effort time.Duration) *Order {
	return &Order{ID: id, Effort: effort, decision: make(chan Decision)}
}

// Decision is where the decision arrives.
func (o *Order) Decision() <-chan Decision { return o.decision }

// Decide hands the decision to whoever holds the order.
func (o *Order) Decide(d Decision) { o.decision <- d }

// Withdraw is called when the customer has changed their mind.
func (o *Order) Withdraw() { o.withdrawn.Store(true) }

// Withdrawn says whether that has happened.
func (o *Order) Withdrawn() bool { return o.withdrawn.Load() }
