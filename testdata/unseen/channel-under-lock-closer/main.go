// Command channel-under-lock-closer writes the files of commits in batches, for each branch on its own.
package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/channel-under-lock-closer/batch"
)

func main() { service.Main(service.Program{Run: run}) }

// repository has branches, each with its closer.
type repository struct {
	closers map[string]*batch.Closer
	commits errgroup.Group
}

func run(ctx context.Context, s *service.Service) error {
	repo := &repository{closers: map[string]*batch.Closer{}}
	for _, branch := range []string{"main", "dev", "import"} {
		repo.closers[branch] = batch.NewCloser(ctx, 8)
	}
	return s.Load(ctx, func(r service.Request) {
		branch, files := "main", 1+r.ID%2
		switch {
		case r.Leaks:
			branch, files = "import", 24
		case r.ID%2 == 0:
			branch = "dev"
		}
		repo.commit(repo.closers[branch], batch.Files(fmt.Sprint(branch, r.ID), files), r.Work)
	})
}

// commit closes the files of a commit after they are written.
func (repo *repository) commit(closer *batch.Closer, files []*batch.Writer, takes time.Duration) {
	repo.commits.Go(func() error { // leak:func
		for _, f := range files {
			time.Sleep(takes / time.Duration(2*len(files)))
			f.Write([]byte(f.Path))
		}
		return closer.CloseAll(files)
	})
}
