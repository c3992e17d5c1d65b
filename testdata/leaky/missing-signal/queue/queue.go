// Package queue hands items to workers.
package queue

import "sync"

// Queue holds items in order.
type Queue[T any] struct {
	mu    sync.Mutex
	some  sync.Cond
	items []T
	most  int
}

// New returns a queue of at most most items.
func New[T any](most int) *Queue[T] {
	q := &Queue[T]{most: most}
	q.some.L = &q.mu
	return q
}

// Put adds an item, unless the queue is full.
func (q *Queue[T]) Put(item T) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.items) == q.most {
		return false
	}
	q.items = append(q.items, item)
	q.some.Signal()
	return true
}

// PutAll adds as many of items as there is room for, and returns how many.
func (q *Queue[T]) PutAll(items ...T) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(items), q.most-len(q.items))
	q.items = append(q.items, items[:n]...) // cause:stuck
	return n
}

// Take returns the next item. It waits for one.
func (q *Queue[T]) Take() T {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 {
		q.some.Wait()
	}
	item := q.items[0]
	q.items = q.items[1:]
	return item
}
