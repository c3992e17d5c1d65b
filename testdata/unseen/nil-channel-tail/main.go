// Command nil-channel-tail follows the log groups of deployments and shows their last events together.
package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/nil-channel-tail/logs"
)

func main() { service.Main(service.Program{Run: run}) }

// console shows the events of all deployments.
type console struct {
	follows sync.WaitGroup
	mu      sync.Mutex
	shown   map[string]int
}

func run(ctx context.Context, s *service.Service) error {
	c := &console{shown: map[string]int{}}
	defer c.follows.Wait()
	groups := cloud{"app": 3, "build": 2}
	return s.Load(ctx, func(r service.Request) {
		names := []string{"app", "build"}
		if r.Leaks {
			names = append(names, fmt.Sprintf("job-%d", r.ID))
		}
		c.follows.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, r.Work+200*time.Millisecond)
			defer cancel()
			c.follow(ctx, groups, names, r.Work)
		})
	})
}

func (c *console) follow(ctx context.Context, from logs.Source, names []string, pace time.Duration) {
	for event, err := range logs.Tail(ctx, from, names, pace) {
		c.mu.Lock()
		if err != nil {
			c.shown["errors"]++
		} else {
			c.shown[event.Group]++
		}
		c.mu.Unlock()
	}
}

// cloud has log groups with some events each.
type cloud map[string]int

// Events hands over the events of a group, which are pace apart in total.
func (c cloud) Events(ctx context.Context, group string, pace time.Duration, emit func(logs.Event)) error {
	n, ok := c[group]
	if !ok {
		return fmt.Errorf("log group %s does not exist", group)
	}
	for i := range n {
		select {
		case <-time.After(pace / time.Duration(n)):
			emit(logs.Event{Group: group, Text: fmt.Sprintf("line %d", i)})
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
