// Package table keeps values by key, for several goroutines.
package table

import "sync"

// Table is a map behind a lock.
type Table[K comparable, V any] struct {
	mu   sync.RWMutex
	rows map[K]V
}

// Put sets the value of a key.
func (t *Table[K, V]) Put(key K, v V) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rows == nil {
		t.rows = map[K]V{}
	}
	t.rows[key] = v
}

// Take returns the value of a key and deletes it.
func (t *Table[K, V]) Take(key K) (v V, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v, ok = t.rows[key]
	delete(t.rows, key)
	return v, ok
}

// Delete deletes a key.
func (t *Table[K, V]) Delete(key K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.rows, key)
}

// Len is the number of keys.
func (t *Table[K, V]) Len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.rows)
}
