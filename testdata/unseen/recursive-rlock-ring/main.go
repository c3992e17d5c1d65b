// Command recursive-rlock-ring places keys on the nodes of rings that change while they are asked.
package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/recursive-rlock-ring/ring"
)

func main() { service.Main(service.Program{Run: run}) }

// node is a member of a ring.
type node string

func (n node) String() string { return string(n) }

type placer struct {
	placed  atomic.Int64
	unknown atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	p := &placer{}
	return s.Load(ctx, func(r service.Request) {
		// The farther apart the replicas, the longer it takes to weigh them.
		weigh := func(node) time.Duration { return r.Work / 6 }
		rg := ring.New(71, weigh, "n1", "n2", node(fmt.Sprintf("n%d", 3+r.ID%5)))
		joins := r.Work
		if r.Leaks {
			joins = r.Work / 8
		}
		p.place(rg, fmt.Sprintf("key-%d", r.ID))
		p.join(rg, "n9", joins)
	})
}

// place finds the replicas of a key.
func (p *placer) place(rg *ring.Ring[node], key string) {
	go func() { // leak:func
		members, err := rg.Closest([]byte(key), 2)
		if err != nil {
			p.unknown.Add(1)
			return
		}
		p.placed.Add(int64(len(members)))
	}()
}

// join adds a node later.
func (p *placer) join(rg *ring.Ring[node], n node, after time.Duration) {
	go func() { // leak:func
		time.Sleep(after)
		rg.Add(n)
	}()
}
