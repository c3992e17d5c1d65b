// Idle-workers has workers, subscribers and a waiter that have nothing to do:
// blocked, for the whole watch, and fine. With an even number of workers one
// job comes every few seconds; otherwise none comes at all.
package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type hub struct {
	style  service.Style
	jobs   chan int
	events chan struct{}
	ready  *sync.Cond
	queue  []int
	ended  bool
	done   atomic.Int64
	wg     sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	h := &hub{style: s.Style, jobs: make(chan int), events: make(chan struct{}), ready: sync.NewCond(new(sync.Mutex))}
	workers := dice.Int(4, 32)
	for range workers {
		h.start()
	}
	for range dice.Int(2, 12) {
		h.wg.Go(func() { h.subscribe(ctx) })
	}
	for range dice.Int(1, 4) {
		h.wg.Go(h.drain)
	}
	h.wg.Add(1)
	go h.feed(ctx, dice, workers%2 == 0)
	h.wg.Wait()
	return ctx.Err()
}

// feed sends a job now and then, or none, and lets everybody go at the end.
func (h *hub) feed(ctx context.Context, dice *load.Dice, busy bool) {
	defer h.wg.Done()
	for load.Sleep(ctx, dice.Time(3*time.Second, 8*time.Second)) {
		if busy {
			h.jobs <- 1
		}
	}
	close(h.jobs)
	h.ready.L.Lock()
	defer h.ready.L.Unlock()
	h.ended = true
	h.ready.Broadcast()
}

func (h *hub) start() {
	switch h.style {
	case service.Method:
		h.wg.Add(1)
		go h.workAndTell()
	case service.WG:
		h.wg.Go(h.work)
	default:
		h.wg.Add(1)
		go func() {
			defer h.wg.Done()
			for job := range h.jobs {
				h.done.Add(int64(job))
			}
		}()
	}
}

func (h *hub) workAndTell() {
	defer h.wg.Done()
	h.work()
}

func (h *hub) work() {
	for job := range h.jobs {
		h.done.Add(int64(job))
	}
}

func (h *hub) subscribe(ctx context.Context) {
	for {
		select {
		case <-h.events:
			h.done.Add(1)
		case <-ctx.Done():
			return
		}
	}
}

// drain waits for the queue to have something, which it never does.
func (h *hub) drain() {
	h.ready.L.Lock()
	defer h.ready.L.Unlock()
	for !h.ended && len(h.queue) == 0 {
		h.ready.Wait()
	}
}
