// Package storage is the stores of a node.
package storage

import (
	"fmt"
	"sync"
	"time"

	"logcap.test/programs/unseen/lock-order-gossip/gossip"
)

// Store is one disk.
type Store struct {
	ID     int
	ranges int
}

// Describe says what the store holds.
func (s *Store) Describe() string {
	s.ranges++
	return fmt.Sprintf("%d ranges", s.ranges)
}

// Stores is all disks of a node. It is a gossip.Storage.
type Stores struct {
	mu        sync.Mutex
	all       []*Store
	bootstrap gossip.Bootstrap
}

var _ gossip.Storage = (*Stores)(nil)

// New returns n Stores.
func New(n int) *Stores {
	s := &Stores{bootstrap: gossip.Bootstrap{Addresses: []string{"10.1.0.1", "10.1.0.2"}, Written: time.Now()}}
	for id := range n {
		s.all = append(s.all, &Store{ID: id})
	}
	return s
}

// Visit calls visit for every store, until it fails.
func (s *Stores) Visit(visit func(*Store) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.all {
		if err := visit(st); err != nil {
			return err
		}
	}
	return nil
}

// ReadBootstrap reads the newest bootstrap of all stores.
func (s *Stores) ReadBootstrap(into *gossip.Bootstrap) error {
	s.mu.Lock() // cause
	defer s.mu.Unlock()
	into.Addresses = append([]string(nil), s.bootstrap.Addresses...)
	into.Written = s.bootstrap.Written
	return nil
}

// WriteBootstrap replaces the bootstrap of all stores.
func (s *Stores) WriteBootstrap(b gossip.Bootstrap) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bootstrap = b
	return nil
}
