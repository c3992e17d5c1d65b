// Package container is a container and the store of all of a namespace.
package container

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Container is a process with an image.
type Container struct {
	ID    string
	Image string

	attached atomic.Int32

	mu      sync.Mutex
	running bool
}

// Lock keeps the state of c as it is.
func (c *Container) Lock() { c.mu.Lock() }

// Unlock lets the state of c change again.
func (c *Container) Unlock() { c.mu.Unlock() }

// SetRunning changes the state; the caller has the lock.
func (c *Container) SetRunning() { c.running = true }

// Attach counts a stream.
func (c *Container) Attach() { c.attached.Add(1) }

// IsRunning says whether the process runs.
func (c *Container) IsRunning() bool {
	c.mu.Lock() // cause
	defer c.mu.Unlock()
	return c.running
}

// Store has the containers by their ID.
type Store struct {
	mu  sync.RWMutex
	all map[string]*Container
}

// NewStore returns an empty Store.
func NewStore() *Store { return &Store{all: map[string]*Container{}} }

// Add puts a container in.
func (s *Store) Add(c *Container) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[c.ID] = c
}

// Get returns a container, or nil.
func (s *Store) Get(id string) *Container {
	s.mu.RLock() // cause
	defer s.mu.RUnlock()
	return s.all[id]
}

// Reduce takes out all containers that drop says and returns their IDs.
func (s *Store) Reduce(drop func(*Container) bool) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var dropped []string
	for id, c := range s.all {
		if drop(c) {
			delete(s.all, id)
			dropped = append(dropped, id)
		}
	}
	slices.Sort(dropped)
	return dropped
}
