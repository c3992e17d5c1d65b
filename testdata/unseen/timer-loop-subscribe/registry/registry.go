// Package registry tells consumers which providers a service has.
package registry

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

const retryDelay = 100 * time.Millisecond

// Notify is called with every event.
type Notify func(Event)

// Registry serves consumers over a facade.
type Registry struct {
	facade    Facade
	destroyed atomic.Bool

	mu        sync.Mutex
	listeners map[string]Listener
}

// New returns a registry over f.
func New(f Facade) *Registry {
	return &Registry{facade: f, listeners: map[string]Listener{}}
}

// Available says whether the registry is still in use.
func (r *Registry) Available() bool { return !r.destroyed.Load() }

// Destroy ends the registry.
func (r *Registry) Destroy() { r.destroyed.Store(true) }

// Subscribe tells notify of the providers of a service until the consumer unsubscribes.
func (r *Registry) Subscribe(consumer, service string, notify Notify) {
	for { // cause
		if !r.Available() {
			return
		}
		l, err := r.facade.Listen(service)
		if err != nil {
			time.Sleep(retryDelay) // cause
			continue
		}
		r.keep(consumer, l)
		if err := relay(l, notify); errors.Is(err, ErrClosed) {
			return
		}
	}
}

func relay(l Listener, notify Notify) error {
	for {
		e, err := l.Next()
		if err != nil {
			return err
		}
		notify(e)
	}
}

func (r *Registry) keep(consumer string, l Listener) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listeners[consumer] = l
}

// Unsubscribe ends what Subscribe began.
func (r *Registry) Unsubscribe(consumer string) {
	r.mu.Lock()
	l, ok := r.listeners[consumer]
	delete(r.listeners, consumer)
	r.mu.Unlock()
	if ok {
		l.Close()
	}
}
