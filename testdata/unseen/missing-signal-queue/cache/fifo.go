// Package cache has the queues of controllers.
package cache

import (
	"errors"
	"sync"
)

// ErrClosed says that there will be no more items.
var ErrClosed = errors.New("the queue is closed")

// FIFO is a queue that holds each item once, in its newest version.
type FIFO[T any] struct {
	key func(T) string

	mu     sync.Mutex
	filled sync.Cond
	items  map[string]T
	order  []string
	closed bool
}

// NewFIFO returns a queue of items that are told apart by key.
func NewFIFO[T any](key func(T) string) *FIFO[T] {
	f := &FIFO[T]{key: key, items: map[string]T{}}
	f.filled.L = &f.mu
	return f
}

// Add puts an item in, or replaces it.
func (f *FIFO[T]) Add(item T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return
	}
	key := f.key(item)
	if _, ok := f.items[key]; !ok {
		f.order = append(f.order, key)
	}
	f.items[key] = item
	f.filled.Broadcast()
}

// Pop takes the oldest item out and waits for one if need be.
func (f *FIFO[T]) Pop() (item T, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.order) == 0 {
		if f.closed {
			return item, ErrClosed
		}
		f.filled.Wait()
	}
	key := f.order[0]
	f.order = f.order[1:]
	item = f.items[key]
	delete(f.items, key)
	return item, nil
}

// Drain lets no more items in. Those that are there can be taken.
func (f *FIFO[T]) Drain() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	f.filled.Broadcast()
}

// Close lets no more items in and throws away what is there.
func (f *FIFO[T]) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true // cause
	f.order = nil
	clear(f.items)
}
