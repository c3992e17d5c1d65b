// Command lock-order-gossip is a node of a cluster: it gossips what its stores hold, and keeps the addresses of the others in the stores.
package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/lock-order-gossip/gossip"
	"logcap.test/programs/unseen/lock-order-gossip/storage"
)

func main() { service.Main(service.Program{Run: run}) }

type node struct {
	gossip  *gossip.Gossip
	stores  *storage.Stores
	answers atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	n := &node{gossip: gossip.New(), stores: storage.New(3)}
	n.background(ctx, s.StuckAfter)
	return s.Load(ctx, func(r service.Request) {
		time.AfterFunc(r.Work, func() { n.answers.Add(1) })
	})
}

// background starts what a node does all the time; after a while its stores are found to be another cluster's and are attached anew.
func (n *node) background(ctx context.Context, attach time.Duration) {
	tasks := []struct {
		interval time.Duration
		do       func()
	}{
		{4 * time.Millisecond, n.announce},
		{6 * time.Millisecond, n.announce},
		{3 * time.Millisecond, n.resolve},
		{attach, func() { n.gossip.SetStorage(n.stores) }},
	}
	for _, task := range tasks {
		go repeat(ctx, task.interval, task.do) // leak:func
	}
}

func repeat(ctx context.Context, interval time.Duration, do func()) {
	for ctx.Err() == nil {
		time.Sleep(interval)
		do()
	}
}

// announce tells the others what each store holds.
func (n *node) announce() {
	n.stores.Visit(func(st *storage.Store) error {
		return n.gossip.Add(fmt.Sprintf("store:%d", st.ID), st.Describe())
	})
}

// resolve asks for a store that may be far away.
func (n *node) resolve() {
	if _, ok := n.gossip.Info("store:2"); ok {
		n.answers.Add(1)
	}
}
