// Command lost-cancel-dial passes calls on to backends, over a connection for each call.
package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/lost-cancel-dial/clientconn"
)

func main() { service.Main(service.Program{Run: run}) }

const patience = 300 * time.Millisecond

type gateway struct {
	calls  sync.WaitGroup
	failed atomic.Int64
	passed atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	g := &gateway{}
	defer g.calls.Wait()
	return s.Load(ctx, func(r service.Request) {
		dial := reach
		if r.Leaks {
			dial = refuse
		}
		g.calls.Go(func() {
			if err := g.pass(ctx, fmt.Sprintf("backend-%d:443", r.ID%7), dial, r.Work/2); err != nil {
				g.failed.Add(1)
				return
			}
			g.passed.Add(1)
		})
	})
}

// pass sends one call to target.
func (g *gateway) pass(ctx context.Context, target string, dial clientconn.Dialer, work time.Duration) error {
	dialCtx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cc, err := clientconn.DialContext(dialCtx, target, dial)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", target, err)
	}
	defer cc.Close()
	return cc.Invoke(ctx, work)
}

func reach(context.Context, string) error { return nil }

func refuse(_ context.Context, target string) error {
	time.Sleep(5 * time.Millisecond)
	return fmt.Errorf("dial %s: connection refused", target)
}
