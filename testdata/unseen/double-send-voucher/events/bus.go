// Package events tells subscribers what happens to a deal.
package events

import "sync"

// Bus hands events of type E to all who subscribed.
type Bus[E any] struct {
	mu   sync.Mutex
	next int
	subs map[int]func(E)
}

// Subscribe calls f for every event until the returned function is called.
func (b *Bus[E]) Subscribe(f func(E)) (unsubscribe func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.subs == nil {
		b.subs = map[int]func(E){}
	}
	id := b.next
	b.next++
	b.subs[id] = f
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subs, id)
	}
}

// Publish hands e to every subscriber in turn.
func (b *Bus[E]) Publish(e E) {
	b.mu.Lock()
	var all []func(E)
	for _, f := range b.subs {
		all = append(all, f)
	}
	b.mu.Unlock()
	for _, f := range all {
		f(e)
	}
}
