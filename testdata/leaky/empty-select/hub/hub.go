// Package hub keeps who has subscribed.
package hub

import (
	"context"
	"sync"

	"logcap.test/programs/leaky/empty-select/lease"
)

// Hub holds subscriptions by their keys.
type Hub[K comparable] struct {
	mu            sync.Mutex
	leases        map[K]lease.Lease
	subscriptions sync.WaitGroup
}

// New makes a hub without subscriptions.
func New[K comparable]() *Hub[K] {
	return &Hub[K]{leases: map[K]lease.Lease{}}
}

// Len is the number of subscriptions.
func (h *Hub[K]) Len() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.leases)
}

func (h *Hub[K]) add(key K, l lease.Lease) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.leases[key] = l
}

func (h *Hub[K]) remove(key K) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.leases, key)
}

// SubscribeInline holds a subscription as long as its lease. ctx is the subscriber's connection.
func (h *Hub[K]) SubscribeInline(ctx context.Context, key K, l lease.Lease) {
	go func() { // leak:func
		h.add(key, l)
		defer h.remove(key)
		l.Hold(ctx)
	}()
}

// SubscribeMethod does the same.
func (h *Hub[K]) SubscribeMethod(ctx context.Context, key K, l lease.Lease) {
	go h.hold(ctx, key, l) // leak:method
}

// SubscribeGroup does the same.
func (h *Hub[K]) SubscribeGroup(ctx context.Context, key K, l lease.Lease) {
	h.subscriptions.Go(func() { h.hold(ctx, key, l) }) // leak:wg
}

func (h *Hub[K]) hold(ctx context.Context, key K, l lease.Lease) {
	h.add(key, l)
	l.Hold(ctx)
	h.remove(key)
}
