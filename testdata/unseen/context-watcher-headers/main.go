// Command context-watcher-headers relays calls between peers; a call's context carries the headers that came with it.
package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/context-watcher-headers/channel"
	"logcap.test/programs/unseen/context-watcher-headers/headers"
)

func main() { service.Main(service.Program{Run: run}) }

type relay struct {
	conn  *channel.Connection
	calls sync.WaitGroup

	mu      sync.Mutex
	results map[string]int
}

func run(ctx context.Context, s *service.Service) error {
	rl := &relay{conn: channel.Accept(ctx, "peer-1"), results: map[string]int{}}
	defer rl.calls.Wait()
	return s.Load(ctx, func(r service.Request) {
		h := map[string]string{"caller": fmt.Sprintf("svc-%d", r.ID%9), "retry": "never"}
		if r.Leaks {
			h["shard"] = "unassigned"
		}
		rl.calls.Go(func() { rl.forward(h, r.Work) })
	})
}

// forward hands a call to the service and sends its answer back.
func (rl *relay) forward(h map[string]string, takes time.Duration) {
	call := rl.conn.Begin(h)
	err := handle(call.Context(), takes)
	if err != nil {
		call.Reject(err)
	} else {
		err = call.Complete(call.ID())
	}
	rl.mu.Lock()
	defer rl.mu.Unlock()
	rl.results[fmt.Sprint(err)]++
}

// handle is the service behind the relay.
func handle(ctx context.Context, takes time.Duration) error {
	if shard, ok := headers.Get(ctx, "shard"); ok && shard == "unassigned" {
		caller, _ := headers.Get(ctx, "caller")
		return fmt.Errorf("no shard for %s", caller)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*takes)
	defer cancel()
	select {
	case <-time.After(takes):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
