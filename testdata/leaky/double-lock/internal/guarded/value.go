// Package guarded keeps values that several goroutines use.
package guarded

import "sync"

// Value is a T behind a lock.
type Value[T any] struct {
	mu sync.Mutex
	v  T
}

// Of makes a Value that holds v.
func Of[T any](v T) *Value[T] { return &Value[T]{v: v} }

// Load returns what is held.
func (g *Value[T]) Load() T {
	g.mu.Lock() // cause
	defer g.mu.Unlock()
	return g.v
}

// Update lets f change what is held.
func (g *Value[T]) Update(f func(v *T)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f(&g.v)
}
