// Command n-cast reads keys from replicas. An uncached key is asked of three at once and the first answer is taken: the other two
// goroutines wait for ever to give theirs.
package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"logcap.test/programs/leaky/n-cast/read"
	"logcap.test/programs/leaky/n-cast/replica"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	var nodes []replica.Node
	for i := range 3 {
		distance := time.Duration(5+s.Rand.IntN(40)) * time.Millisecond
		nodes = append(nodes, replica.Dial(fmt.Sprintf("replica-%d", i), distance))
	}
	client := read.NewClient(nodes)
	get := service.Pick(s.Style, client.Get, client.GetVersion, client.GetAny)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		key := replica.Key{Name: fmt.Sprintf("user/%d", r.ID), Size: r.Work / 10}
		if !r.Leaks {
			client.Own(key, nodes[r.ID%len(nodes)])
		}
		requests.Go(func() { get(key) })
	})
}
