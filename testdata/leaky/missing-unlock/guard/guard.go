// Package guard keeps values that several goroutines change.
package guard

import "sync"

// Value is a T that one goroutine at a time may touch.
type Value[T any] struct {
	mu sync.Mutex
	v  T
}

// New returns a guarded v.
func New[T any](v T) *Value[T] { return &Value[T]{v: v} }

// Acquire returns the value, which is the caller's until Release.
func (g *Value[T]) Acquire() *T {
	g.mu.Lock()
	return &g.v
}

// Release gives the value back.
func (g *Value[T]) Release() { g.mu.Unlock() }

// With calls do with the value.
func (g *Value[T]) With(do func(*T)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	do(&g.v)
}
