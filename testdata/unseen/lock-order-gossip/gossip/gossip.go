// Package gossip spreads facts among the nodes.
package gossip

import (
	"errors"
	"sync"
	"time"
)

// Bootstrap is what a node must know to find the others.
type Bootstrap struct {
	Addresses []string
	Written   time.Time
}

// Storage keeps a Bootstrap.
type Storage interface {
	ReadBootstrap(into *Bootstrap) error
	WriteBootstrap(Bootstrap) error
}

var errStale = errors.New("an older fact than the one that is known")

type fact struct {
	value string
	at    time.Time
}

// Gossip has the facts that are known here.
type Gossip struct {
	mu        sync.RWMutex
	facts     map[string]fact
	storage   Storage
	bootstrap Bootstrap
}

// New returns a Gossip that knows nothing.
func New() *Gossip { return &Gossip{facts: map[string]fact{}} }

// Add makes a fact known.
func (g *Gossip) Add(key, value string) error {
	at := time.Now()
	g.mu.Lock() // cause
	defer g.mu.Unlock()
	if g.facts[key].at.After(at) {
		return errStale
	}
	g.facts[key] = fact{value, at}
	return nil
}

// Info returns a fact.
func (g *Gossip) Info(key string) (string, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	f, ok := g.facts[key]
	return f.value, ok
}

// SetStorage takes over what s has, and adds what is known here.
func (g *Gossip) SetStorage(s Storage) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.storage = s
	var stored Bootstrap
	if err := g.load(&stored); err != nil {
		return err
	}
	stored.Addresses = append(stored.Addresses, g.bootstrap.Addresses...)
	g.bootstrap = stored
	return nil
}

// load waits for the disks to be ready and reads. The caller has the lock.
func (g *Gossip) load(into *Bootstrap) error {
	time.Sleep(30 * time.Millisecond)
	return g.storage.ReadBootstrap(into) // cause
}
