// Command unclosed-range-tail shows users the logs of their applications while they are written.
package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/unclosed-range-tail/consumer"
	"logcap.test/programs/unseen/unclosed-range-tail/feed"
)

func main() { service.Main(service.Program{Run: run}) }

// screen is what a user sees.
type screen struct {
	mu    sync.Mutex
	text  strings.Builder
	total *atomic.Int64
}

func (s *screen) Line(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintln(&s.text, text)
}

func (s *screen) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.total.Add(int64(s.text.Len()))
	s.text.Reset()
}

type viewer struct {
	tails  sync.WaitGroup
	bytes  atomic.Int64
	resets atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	v := &viewer{}
	defer v.tails.Wait()
	return s.Load(ctx, func(r service.Request) {
		conn := &feed.Conn{App: fmt.Sprintf("app-%d", r.ID), Pace: r.Work / 10, Fragile: r.Leaks}
		v.tails.Go(func() { v.show(conn) })
	})
}

func (v *viewer) show(conn *feed.Conn) {
	err := consumer.Tail(conn, &screen{total: &v.bytes})
	if errors.Is(err, feed.ErrReset) {
		v.resets.Add(1)
	}
}
