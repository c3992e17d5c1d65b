// Command recursive-rlock serves feature flags. An evaluation holds the read lock and looks a flag up, which takes it again; when a reload
// asks for the write lock in between, both wait for ever.
//
// The stuck variant has one set of flags for all evaluators, and the first reload stops them.
package main

import (
	"context"
	"time"

	"logcap.test/programs/leaky/recursive-rlock/agent"
	"logcap.test/programs/leaky/recursive-rlock/flags"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

func run(ctx context.Context, s *service.Service) error {
	a := &agent.Agent{}
	load := service.Pick(s.Style, flags.NewTable, flags.NewLimits, flags.NewCatalogue)
	if s.Variant == "stuck" {
		serve := service.Pick(s.Style, a.Serve, a.ServeLimits, a.ServeCatalogue)
		serve(load(flags.Pace{Each: 10 * time.Millisecond, Reload: s.StuckAfter}), 3+s.Rand.IntN(4))
		<-ctx.Done()
		return ctx.Err()
	}
	check := service.Pick(s.Style, a.Check, a.CheckLimits, a.CheckCatalogue)
	return s.Load(ctx, func(r service.Request) {
		pace := flags.Pace{Each: r.Work, Reload: 2 * r.Work}
		if r.Leaks {
			pace.Reload = r.Work / 2
		}
		check(load(pace))
	})
}
