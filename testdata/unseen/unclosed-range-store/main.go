// Command unclosed-range-store is a dashboard: each session has a store of the routes it looks at.
package main

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/unclosed-range-store/storage"
	"logcap.test/programs/unseen/unclosed-range-store/store"
)

func main() { service.Main(service.Program{Run: run}) }

type route struct {
	URI string `json:"uri"`
}

func decodeRoute(text string) (r route, err error) {
	err = json.Unmarshal([]byte(text), &r)
	return r, err
}

type dashboard struct {
	sessions sync.WaitGroup
	seen     atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	d := &dashboard{}
	defer d.sessions.Wait()
	return s.Load(ctx, func(r service.Request) {
		var from storage.Storage = storage.File{Keys: []string{"a", "b", "c"}}
		if r.Leaks {
			from = storage.Cluster{Pace: 30 * time.Millisecond}
		}
		d.sessions.Go(func() { d.session(ctx, from, r.Work/2) })
	})
}

// session lasts for some time.
func (d *dashboard) session(ctx context.Context, from storage.Storage, life time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, life)
	defer cancel()
	routes := store.New("/routes/", decodeRoute)
	routes.Follow(ctx, from)
	<-ctx.Done()
	d.seen.Add(int64(routes.Len()))
}
