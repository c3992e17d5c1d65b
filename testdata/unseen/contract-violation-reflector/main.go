// Command contract-violation-reflector mirrors namespaces of a server, each for as long as somebody looks at it.
package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/contract-violation-reflector/reflector"
	"logcap.test/programs/unseen/contract-violation-reflector/watch"
)

func main() { service.Main(service.Program{Run: run}) }

// namespace is a part of the server. One that is compacted loses its past while it is watched.
type namespace struct {
	name      string
	pace      time.Duration
	compacted bool
}

func (n namespace) Watch(_ context.Context, revision int) (watch.Interface, error) {
	return watch.NewStream(&response{namespace: n, revision: revision}), nil
}

// response is the body of one watch.
type response struct {
	namespace
	revision int
	sent     int
}

const batch = 4

func (r *response) Decode() (watch.Event, error) {
	if r.revision >= batch && !r.compacted {
		return watch.Event{}, io.EOF
	}
	time.Sleep(r.pace)
	r.sent++
	switch {
	case r.compacted && r.sent == batch:
		return watch.Event{Type: watch.Error, Object: "required revision has been compacted"}, nil
	case r.compacted && r.sent > batch:
		return watch.Event{Type: watch.Bookmark}, nil
	case r.sent > batch:
		return watch.Event{}, io.EOF
	}
	return watch.Event{Type: watch.Added, Object: fmt.Sprintf("%s/pod-%d", r.name, r.sent)}, nil
}

type mirror struct {
	views  sync.WaitGroup
	failed atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	m := &mirror{}
	defer m.views.Wait()
	return s.Load(ctx, func(r service.Request) {
		n := namespace{name: fmt.Sprintf("ns-%d", r.ID), pace: r.Work / 10, compacted: r.Leaks}
		m.views.Go(func() {
			if err := reflector.New(n).Run(ctx); err != nil {
				m.failed.Add(1)
			}
		})
	})
}
