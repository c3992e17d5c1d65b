// Package snapshot keeps maps that are read often and replaced now and then.
package snapshot

import (
	"maps"
	"sync"
)

// Store is such a map.
type Store[K comparable, V any] struct {
	mu     sync.RWMutex
	values map[K]V
}

// New returns a store of a copy of values.
func New[K comparable, V any](values map[K]V) *Store[K, V] {
	return &Store[K, V]{values: maps.Clone(values)}
}

// Get returns the value of k.
func (s *Store[K, V]) Get(k K) (V, bool) {
	s.mu.RLock() // cause:func cause:wg cause:stuck-func cause:stuck-wg
	defer s.mu.RUnlock()
	v, ok := s.values[k]
	return v, ok
}

// Each calls do for every value, all of the same age.
func (s *Store[K, V]) Each(do func(K, V)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for k, v := range s.values {
		do(k, v) // cause:func cause:wg cause:stuck-func cause:stuck-wg
	}
}

// Replace exchanges all values for a copy of others.
func (s *Store[K, V]) Replace(values map[K]V) {
	fresh := maps.Clone(values)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values = fresh
}
