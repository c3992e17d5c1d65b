// Command timeout-leak-command runs the jobs of a build: single commands with a limit, and pipes of two without one.
package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/timeout-leak-command/shell"
)

func main() { service.Main(service.Program{Run: run}) }

const limit = 700 * time.Millisecond

// job is one step of a build.
type job struct {
	id      int
	runtime time.Duration
}

type builder struct {
	jobs    chan job
	workers sync.WaitGroup

	mu       sync.Mutex
	timeouts int
	failed   int
}

func run(ctx context.Context, s *service.Service) error {
	b := &builder{jobs: make(chan job, 1000)}
	for range 64 {
		b.workers.Go(b.work)
	}
	defer b.workers.Wait()
	defer close(b.jobs)
	return s.Load(ctx, func(r service.Request) {
		runtime := r.Work / 6
		if r.Leaks {
			runtime += 2 * limit
		}
		select {
		case b.jobs <- job{id: r.ID, runtime: runtime}:
		default:
		}
	})
}

func (b *builder) work() {
	for j := range b.jobs {
		err := j.do()
		b.mu.Lock()
		switch {
		case errors.Is(err, shell.ErrTimeout):
			b.timeouts++
		case err != nil:
			b.failed++
		}
		b.mu.Unlock()
	}
}

// do lets short jobs of even number run as a pipe.
func (j job) do() error {
	if j.id%2 == 0 && j.runtime < limit {
		return shell.Both(shell.Start(j.runtime), shell.Start(j.runtime/2))
	}
	_, err := shell.Start(j.runtime).WaitTimeout(limit)
	return err
}
