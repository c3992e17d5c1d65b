// Package rates caches exchange rates.
package rates

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/leaky/timer-loop/poll"
	"logcap.test/programs/leaky/timer-loop/tenant"
)

// Cache holds the rates of all tenants.
type Cache struct {
	interval  time.Duration
	followers sync.WaitGroup
	hits      atomic.Int64
	misses    atomic.Int64
	stale     atomic.Int64
}

// NewCache returns a cache whose rates are at most interval old.
func NewCache(interval time.Duration) *Cache { return &Cache{interval: interval} }

// refresh asks for the rates of t again.
func (c *Cache) refresh(ctx context.Context, t *tenant.Tenant) error {
	if err := ctx.Err(); err != nil {
		c.misses.Add(1)
		return err
	}
	c.hits.Add(int64(t.ID % 2))
	return nil
}

// Once gets the rates of t.
func (c *Cache) Once(t *tenant.Tenant) { c.refresh(t.Context(), t) }

// Follow keeps the rates of t fresh.
func (c *Cache) Follow(t *tenant.Tenant) {
	go func() { // leak:func
		for { // cause:func
			time.Sleep(c.interval) // cause:func
			if err := c.refresh(t.Context(), t); err != nil {
				c.stale.Add(1)
			}
		}
	}()
}

// FollowPair keeps the rates of t and of its partner fresh.
func (c *Cache) FollowPair(t *tenant.Tenant) {
	c.followers.Go(func() { // leak:wg
		poll.Every(t.Context(), c.interval, func(ctx context.Context) error { return c.refresh(ctx, t) })
	})
}

// Mirror copies the rates of t.
func (c *Cache) Mirror(t *tenant.Tenant) {
	go func() { // leak:func
		for range time.Tick(c.interval) { // cause:func
			c.refresh(t.Context(), t)
		}
	}()
}

// MirrorPair copies the rates of t and of its partner, by turns.
func (c *Cache) MirrorPair(t *tenant.Tenant) {
	turn := 0
	next := func() time.Duration {
		turn++
		return c.interval - time.Duration(turn%2)*c.interval/10
	}
	c.followers.Go(func() { // leak:wg
		poll.After(t.Context(), next, func(ctx context.Context) error { return c.refresh(ctx, t) })
	})
}
