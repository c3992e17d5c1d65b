// Command nil-channel-serving brings up a control plane for each preview of a change, and takes it down after a while.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/nil-channel-serving/serving"
)

func main() { service.Main(service.Program{Run: run}) }

// gates are the features that a preview has on.
type gates struct {
	releaseOnExit bool
	reloadCerts   bool
}

type previews struct {
	elections sync.WaitGroup
	mu        sync.Mutex
	exits     map[string]int
}

func run(ctx context.Context, s *service.Service) error {
	p := &previews{exits: map[string]int{}}
	defer p.elections.Wait()
	return s.Load(ctx, func(r service.Request) {
		g := gates{releaseOnExit: !r.Leaks, reloadCerts: r.ID%2 == 0 || r.Leaks}
		p.elections.Add(1)
		go func() {
			defer p.elections.Done()
			p.note(manage(ctx, g, r.Work))
		}()
	})
}

func (p *previews) note(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	reason := "done"
	if err != nil {
		reason = err.Error()
	}
	p.exits[reason]++
}

// manage runs one control plane until its lease ends.
func manage(parent context.Context, g gates, lease time.Duration) error {
	ctx := context.Background() // cause
	if g.releaseOnExit {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(parent)
		defer cancel()
	}
	secure := serving.Info{Reload: g.reloadCerts}
	secure.Serve(ctx.Done()) // cause
	select {
	case <-time.After(lease):
		return nil
	case <-parent.Done():
		return parent.Err()
	}
}
