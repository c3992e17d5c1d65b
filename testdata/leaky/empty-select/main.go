// Command empty-select hands out subscriptions. The goroutine of a permanent one registers it and then blocks in an empty select "to
// keep it alive", also after the subscriber is gone.
package main

import (
	"context"
	"time"

	"logcap.test/programs/leaky/empty-select/hub"
	"logcap.test/programs/leaky/empty-select/lease"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	h := hub.New[int]()
	subscribe := service.Pick(s.Style, h.SubscribeInline, h.SubscribeMethod, h.SubscribeGroup)
	return s.Load(ctx, func(r service.Request) {
		conn, hangUp := context.WithCancel(ctx)
		time.AfterFunc(r.Work, hangUp)
		var l lease.Lease = lease.For(time.Minute)
		if r.Leaks {
			l = lease.Permanent{}
		}
		subscribe(conn, r.ID, l)
	})
}
