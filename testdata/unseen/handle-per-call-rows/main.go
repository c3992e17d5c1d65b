// Command handle-per-call-rows looks up images by a prefix of their key, in a store that is a database.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/handle-per-call-rows/imagestore"
	"logcap.test/programs/unseen/handle-per-call-rows/memdb"
)

func main() { service.Main(service.Program{Run: run}) }

type puller struct {
	store   *imagestore.Store
	pulls   sync.WaitGroup
	present atomic.Int64
	absent  atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	db := sql.OpenDB(memdb.New("sha512-", 40))
	defer db.Close()
	p := &puller{store: imagestore.New(db)}
	defer p.pulls.Wait()
	p.pulls.Go(func() { p.census(ctx) })
	return s.Load(ctx, func(r service.Request) {
		key := fmt.Sprintf("sha256-%03d", r.ID%500)
		if r.Leaks {
			key = fmt.Sprintf("sha512-%03d", 10+r.ID%20)
		}
		p.pull(ctx, key, r.Work)
	})
}

// pull gets an image, unless the store has it.
func (p *puller) pull(ctx context.Context, key string, takes time.Duration) {
	p.pulls.Add(1)
	go func() {
		defer p.pulls.Done()
		full, err := p.store.Resolve(ctx, key)
		if err == nil && full != "" {
			p.present.Add(1)
			return
		}
		select {
		case <-time.After(takes):
			p.absent.Add(1)
		case <-ctx.Done():
		}
	}()
}

// census counts the images now and then.
func (p *puller) census(ctx context.Context) {
	ticker := time.NewTicker(300 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if _, err := p.store.Size(ctx); err != nil && ctx.Err() == nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
