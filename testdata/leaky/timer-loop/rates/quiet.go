package rates

import (
	"context"
	"time"

	"logcap.test/programs/leaky/timer-loop/tenant"
)

// quiet looks after one tenant and says nothing of errors.
type quiet struct {
	cache  *Cache
	tenant *tenant.Tenant
	errors int
}

// FollowQuietly is Follow for a tenant whose rates nobody looks at.
func (c *Cache) FollowQuietly(t *tenant.Tenant) {
	q := &quiet{cache: c, tenant: t}
	go q.follow(t.Context()) // leak:method
}

func (q *quiet) follow(ctx context.Context) {
	for ; ; q.pause() { // cause:method
		if q.cache.refresh(ctx, q.tenant) != nil {
			q.errors++
		}
	}
}

// pause is longer after errors, up to twice the interval.
func (q *quiet) pause() {
	longer := q.cache.interval * time.Duration(min(q.errors, 10)) / 10
	time.Sleep(q.cache.interval + longer) // cause:method
}

// MirrorQuietly is Mirror for a tenant whose rates nobody looks at.
func (c *Cache) MirrorQuietly(t *tenant.Tenant) {
	go (&quiet{cache: c, tenant: t}).mirror() // leak:method
}

func (q *quiet) mirror() {
	ticker := time.NewTicker(q.cache.interval)
	defer ticker.Stop()
	for range ticker.C { // cause:method
		if q.cache.refresh(q.tenant.Context(), q.tenant) != nil {
			q.errors++
		}
	}
}
