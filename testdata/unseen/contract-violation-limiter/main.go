// Command contract-violation-limiter enumerates the names below domains.
package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/contract-violation-limiter/passive"
	"logcap.test/programs/unseen/contract-violation-limiter/ratelimit"
)

func main() { service.Main(service.Program{Run: run}) }

type agent struct {
	global *ratelimit.Limiter
	names  atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	a := &agent{global: ratelimit.New(500, 100*time.Millisecond)}
	defer a.global.Stop()
	var group errgroup.Group
	err := s.Load(ctx, func(r service.Request) {
		sources := []passive.Source{
			{Name: "ct", Slow: r.Work / 4},
			{Name: "dns", Slow: r.Work / 8},
		}
		if r.Leaks {
			sources = append(sources, passive.Source{Name: "archive", PerSecond: 2, Slow: r.Work / 8})
		}
		group.Go(func() error { return a.enumerate(ctx, fmt.Sprintf("d%d.test", r.ID), sources) })
	})
	group.Wait()
	return err
}

// enumerate asks all sources at once.
func (a *agent) enumerate(ctx context.Context, domain string, sources []passive.Source) error {
	session := passive.NewSession(ctx, sources, a.global)
	defer session.Close()
	group, _ := errgroup.WithContext(ctx)
	for _, src := range sources {
		group.Go(func() error {
			names, err := session.Ask(src, domain)
			a.names.Add(int64(len(names)))
			return err
		})
	}
	return group.Wait()
}
