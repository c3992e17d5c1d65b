// Package tenant knows the customers that are there.
package tenant

import "context"

// Tenant is one customer, from joining to leaving.
type Tenant struct {
	ID    int
	ctx   context.Context
	leave context.CancelFunc
}

// Join brings a customer in.
func Join(ctx context.Context, id int) *Tenant {
	t := &Tenant{ID: id}
	t.ctx, t.leave = context.WithCancel(ctx)
	return t
}

// Context ends when the customer leaves.
func (t *Tenant) Context() context.Context { return t.ctx }

// Leave ends the customer's stay.
func (t *Tenant) Leave() { t.leave() }
