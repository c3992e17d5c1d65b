// Command empty-select hands out subscriptions. The goroutine of a permanent one registers it and then blocks in an empty select "to
// keep it alive", also after the subscriber is gone.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type hub struct {
	mu            sync.Mutex
	subscribers   map[int]time.Duration
	subscriptions sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	h := &hub{subscribers: map[int]time.Duration{}}
	subscribe := service.Pick(s.Style, h.subscribeInline, h.subscribeMethod, h.subscribeGroup)
	return s.Load(ctx, func(r service.Request) {
		lease := r.Work
		if r.Leaks {
			lease = 0 // permanent
		}
		subscribe(r.ID, lease)
	})
}

func (h *hub) register(id int, lease time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.subscribers[id] = lease
}

func (h *hub) remove(id int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subscribers, id)
}

func (h *hub) subscribeInline(id int, lease time.Duration) {
	go func() { // leak:func
		h.register(id, lease)
		if lease == 0 {
			select {}
		}
		time.Sleep(lease)
		h.remove(id)
	}()
}

func (h *hub) subscribeMethod(id int, lease time.Duration) {
	go h.hold(id, lease) // leak:method
}

func (h *hub) hold(id int, lease time.Duration) {
	h.register(id, lease)
	if lease == 0 {
		select {}
	}
	time.Sleep(lease)
	h.remove(id)
}

func (h *hub) subscribeGroup(id int, lease time.Duration) {
	h.subscriptions.Go(func() { // leak:wg
		h.register(id, lease)
		if lease == 0 {
			select {}
		}
		time.Sleep(lease)
		h.remove(id)
	})
}
