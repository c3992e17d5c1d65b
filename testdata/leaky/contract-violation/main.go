// Command contract-violation watches deployments. A Poller must be stopped by whoever started it; a deployment that fails returns
// before the Stop.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/leaky/contract-violation/poll"
	"logcap.test/programs/leaky/contract-violation/rollout"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type statePoller = poll.Poller[rollout.State]

// platform starts what watches over releases.
type platform struct {
	interval time.Duration
	start    func(*statePoller)
}

func run(ctx context.Context, s *service.Service) error {
	pl := &platform{
		interval: time.Duration(100+s.Rand.IntN(400)) * time.Millisecond,
		start:    service.Pick(s.Style, (*statePoller).StartInline, (*statePoller).StartMethod, (*statePoller).StartGroup),
	}
	ro := &rollout.Roller{Begin: pl.watch}
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		requests.Go(func() {
			ro.Roll(rollout.Release{ID: r.ID, Takes: r.Work, Broken: r.Leaks})
		})
	})
}

// watch asks for the state of a release until the watch is stopped.
func (pl *platform) watch(rel rollout.Release) rollout.Watch {
	begin := time.Now()
	p := poll.New(pl.interval, func() rollout.State { // cause
		const wanted = 3
		return rollout.State{Ready: int(wanted * min(1, float64(time.Since(begin))/float64(rel.Takes))), Wanted: wanted}
	})
	pl.start(p)
	return p
}
