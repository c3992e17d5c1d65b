// Command empty-select-leader takes part in the elections of many shards, and runs a shard's controllers while it leads.
package main

import (
	"context"
	"fmt"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/empty-select-leader/controllers"
	"logcap.test/programs/unseen/empty-select-leader/lease"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	shards := make(chan controllers.Shard, 64)
	candidate(ctx, shards)
	return s.Load(ctx, func(r service.Request) {
		shard := controllers.Shard{Name: fmt.Sprintf("shard-%d", r.ID), Term: r.Work}
		if r.Leaks {
			shard.Enabled, shard.Term = []string{"endpoints"}, r.Work/4
		}
		select {
		case shards <- shard:
		case <-ctx.Done():
		}
	})
}

// candidate stands for every shard that comes up.
func candidate(ctx context.Context, shards <-chan controllers.Shard) {
	stats := &controllers.Stats{}
	go func() {
		for {
			select {
			case shard := <-shards:
				elect(ctx, shard, stats)
			case <-ctx.Done():
				return
			}
		}
	}()
}

func elect(ctx context.Context, shard controllers.Shard, stats *controllers.Stats) {
	e := lease.Elector{
		Term: shard.Term + 50*time.Millisecond,
		Callbacks: lease.Callbacks{
			OnStartedLeading: controllers.Runner(shard, stats),
			OnStoppedLeading: stats.Lost,
		},
	}
	go e.Run(ctx)
}
