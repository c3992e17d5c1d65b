// Command missing-receiver-rounds starts rounds of a service of proofs and collects the proofs.
package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/missing-receiver-rounds/poet"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	svc := poet.New()
	var proven atomic.Int64
	failed := make(chan error, 1)
	go func() { failed <- collect(ctx, svc, &proven) }()
	err := s.Load(ctx, func(r service.Request) {
		cfg := poet.Config{Duration: r.Work / 2, Quota: 1000}
		if r.Leaks {
			cfg.Quota = -1
		}
		svc.Start(ctx, r.ID, cfg)
	})
	if cerr := <-failed; cerr != nil {
		return fmt.Errorf("collect proofs: %w", cerr)
	}
	return err
}

// collect counts the proofs there are.
func collect(ctx context.Context, svc *poet.Service, proven *atomic.Int64) error {
	ticker := time.NewTicker(500 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		for id := range 128 {
			if _, ok := svc.Proof(id); ok {
				proven.Add(1)
			}
		}
	}
}
