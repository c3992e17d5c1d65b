// Command missing-signal waits for uploads with a sync.Cond. An upload that ends with an error sets the state and forgets to
// broadcast it.
//
// The stuck variant has workers on one queue, and from some moment on the queue is filled without a signal.
package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"logcap.test/programs/leaky/missing-signal/queue"
	"logcap.test/programs/leaky/missing-signal/storage"
	"logcap.test/programs/leaky/missing-signal/upload"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

var errDisk = errors.New("the disk is full")

func run(ctx context.Context, s *service.Service) error {
	st := &storage.Storage{}
	if s.Variant == "stuck" {
		q := queue.New[storage.Chunk](1000)
		work := service.Pick(s.Style, st.Pack, st.Hash, st.Mirror)
		work(q, 3+s.Rand.IntN(4))
		return storage.Receive(ctx, q, time.Now().Add(s.StuckAfter))
	}
	watch := service.Pick(s.Style, st.Watch, st.WatchQuota, st.WatchAll)
	var clients sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		t := upload.Begin(fmt.Sprintf("video-%d", r.ID))
		watch(t)
		clients.Go(func() {
			time.Sleep(r.Work)
			if r.Leaks {
				t.Fail(errDisk)
				return
			}
			t.Finish(int(r.Work))
		})
	})
}
