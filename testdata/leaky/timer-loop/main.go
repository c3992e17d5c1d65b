// Command timer-loop caches exchange rates by tenant and refreshes each on a timer. The refreshing loop of a tenant that left has no
// way to end.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/leaky/timer-loop/rates"
	"logcap.test/programs/leaky/timer-loop/tenant"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"sleep", "tick"}}) }

func run(ctx context.Context, s *service.Service) error {
	c := rates.NewCache(time.Duration(200+s.Rand.IntN(1800)) * time.Millisecond)
	follow := service.Pick(s.Style, c.Follow, c.FollowQuietly, c.FollowPair)
	if s.Variant == "tick" {
		follow = service.Pick(s.Style, c.Mirror, c.MirrorQuietly, c.MirrorPair)
	}
	var visits sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		t := tenant.Join(ctx, r.ID)
		if r.Leaks {
			follow(t)
		} else {
			c.Once(t) // on trial
		}
		visits.Go(func() {
			time.Sleep(r.Work)
			t.Leave()
		})
	})
}
