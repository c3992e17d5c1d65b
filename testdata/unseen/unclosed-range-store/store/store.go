// Package store holds typed objects in memory, as fresh as their storage is.
package store

import (
	"context"
	"sync"

	"logcap.test/programs/unseen/unclosed-range-store/storage"
)

// Store is the objects of one kind.
type Store[T any] struct {
	prefix string
	decode func(string) (T, error)

	mu      sync.RWMutex
	objects map[string]T
	broken  int
}

// New returns a store of the objects below prefix.
func New[T any](prefix string, decode func(string) (T, error)) *Store[T] {
	return &Store[T]{prefix: prefix, decode: decode, objects: map[string]T{}}
}

// Follow keeps the store up to date with from, until ctx ends.
func (s *Store[T]) Follow(ctx context.Context, from storage.Storage) {
	go s.apply(from.Watch(ctx, s.prefix)) // leak:func
}

func (s *Store[T]) apply(changes <-chan storage.Change) {
	for c := range changes {
		s.set(c)
	}
}

func (s *Store[T]) set(c storage.Change) {
	object, err := s.decode(c.Value)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case c.Deleted:
		delete(s.objects, c.Key)
	case err != nil:
		s.broken++
	default:
		s.objects[c.Key] = object
	}
}

// Len returns how many objects there are.
func (s *Store[T]) Len() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.objects)
}
