// Package tenant is about customers and what runs for them.
package tenant

import (
	"context"
	"sync"
)

// Tenant is a context that ends when the tenant is closed.
type Tenant struct {
	context.Context
	Name   string
	once   sync.Once
	closed chan struct{}
}

// Open returns a tenant with the values of base.
func Open(base context.Context, name string) *Tenant {
	return &Tenant{Context: context.WithoutCancel(base), Name: name, closed: make(chan struct{})}
}

// Close ends what runs for the tenant.
func (t *Tenant) Close() { t.once.Do(func() { close(t.closed) }) }

// Done returns the tenant's own channel.
func (t *Tenant) Done() <-chan struct{} { return t.closed }

// Err says why Done is closed.
func (t *Tenant) Err() error {
	select {
	case <-t.closed:
		return context.Canceled
	default:
		return nil
	}
}
