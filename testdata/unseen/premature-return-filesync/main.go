// Command premature-return-filesync copies folders to buckets.
package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/premature-return-filesync/listing"
	"logcap.test/programs/unseen/premature-return-filesync/plan"
)

func main() { service.Main(service.Program{Run: run}) }

const files = 12

// manager runs syncs and counts what became of them.
type manager struct {
	syncs sync.WaitGroup

	mu             sync.Mutex
	copied, failed int
	first          error
}

func run(ctx context.Context, s *service.Service) error {
	m := &manager{}
	defer m.syncs.Wait()
	return s.Load(ctx, func(r service.Request) {
		folder := listing.Tree{Name: fmt.Sprintf("data%d", r.ID), Files: files, Pace: r.Work / (4 * files)}
		bucket := folder
		bucket.Files -= 3
		m.syncs.Go(func() { m.finish(m.sync(folder, bucket, r.Leaks)) })
	})
}

// sync copies what bucket lacks of folder.
func (m *manager) sync(folder, bucket listing.Tree, missing bool) (copied int, err error) {
	source, dest := listing.Local(folder), listing.Remote(bucket, missing)
	for step := range plan.Make(source, dest, true) {
		switch {
		case step.Err != nil:
			err = errors.Join(err, step.Err)
		case step.Delete:
		default:
			time.Sleep(time.Millisecond)
			copied++
		}
	}
	return copied, err
}

func (m *manager) finish(copied int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.copied += copied
	if err != nil {
		m.failed++
		if m.first == nil {
			m.first = err
		}
	}
}
