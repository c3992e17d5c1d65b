// Command missing-unlock-writer is a broker: what is published to a channel goes to its subscribers.
package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/missing-unlock-writer/broker"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	b := broker.New()
	var readers sync.WaitGroup
	defer readers.Wait()
	for _, channel := range []string{"news", "chat", "metrics"} {
		client := b.Subscribe(channel, broker.Limits{Messages: 64, Bytes: 1 << 14})
		readers.Go(func() { consume(ctx, client) })
	}
	return s.Load(ctx, func(r service.Request) {
		p := broker.Publication{Channel: "news", Data: "headline"}
		switch {
		case r.Leaks:
			p = broker.Publication{Channel: "metrics", Data: strings.Repeat("0", 1<<15)}
		case r.ID%2 == 0:
			p.Channel = "chat"
		}
		time.AfterFunc(r.Work/2, func() { b.Publish(p) })
	})
}

// consume takes what arrives until the service ends.
func consume(ctx context.Context, client *broker.Client) {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			client.Close()
			return
		case <-ticker.C:
			for len(client.Take()) > 0 {
			}
		}
	}
}
