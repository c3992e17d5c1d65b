// Command missing-unlock-registrar keeps a list of a service's instances, elects one of them, and tells others who it is.
package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/missing-unlock-registrar/registry"
)

func main() { service.Main(service.Program{Run: run}) }

// node is this process among the others.
type node struct {
	instances *registry.Service
	loops     sync.WaitGroup
	answers   atomic.Int64
	failures  atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	n := &node{instances: registry.NewService("db", time.Now().Add(s.StuckAfter))}
	for id := range 3 {
		n.instances.Add(fmt.Sprintf("10.0.0.%d:5432", id+1))
	}
	defer n.loops.Wait()
	n.repeat(ctx, 7*time.Millisecond, n.beat)
	n.repeat(ctx, 3*time.Millisecond, n.resolve)
	n.repeat(ctx, 5*time.Millisecond, n.resolve)
	n.repeat(ctx, 50*time.Millisecond, n.elect)
	return s.Load(ctx, func(r service.Request) {
		time.AfterFunc(r.Work, func() { n.answers.Add(1) })
	})
}

// repeat runs step at an interval until ctx ends.
func (n *node) repeat(ctx context.Context, interval time.Duration, step func() error) {
	n.loops.Go(func() { // leak:func
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for ctx.Err() == nil {
			<-ticker.C
			if err := step(); err != nil {
				n.failures.Add(1)
			}
		}
	})
}

func (n *node) beat() error {
	return n.instances.Renew("10.0.0.1:5432")
}

func (n *node) resolve() error {
	if _, err := n.instances.Leader(); err != nil {
		return err
	}
	n.answers.Add(1)
	return nil
}

func (n *node) elect() error {
	_, err := n.instances.Elect()
	return err
}
