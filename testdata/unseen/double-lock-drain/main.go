// Command double-lock-drain imports batches of rows into a cluster, each in a session of its own.
package main

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/double-lock-drain/session"
)

func main() { service.Main(service.Program{Run: run}) }

type importer struct {
	batches errgroup.Group
}

func run(ctx context.Context, s *service.Service) error {
	im := &importer{}
	err := s.Load(ctx, im.accept)
	im.batches.Wait()
	return err
}

// accept begins the import of a batch.
func (im *importer) accept(r service.Request) {
	im.batches.Go(func() error { return load(r.Work, r.Leaks) }) // leak:func
}

// load writes the rows; traced batches write a row of their own at the end, which may get lost.
func load(work time.Duration, traced bool) error {
	s := session.Open(3, 2)
	defer s.Close()
	const rows = 5
	for n := range rows {
		if err := s.Exec(n, work/rows); err != nil {
			return err
		}
	}
	if traced {
		return s.Fire(rows)
	}
	return nil
}
