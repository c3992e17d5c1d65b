// Command context-watcher runs jobs under a context type of its own, which ends when the jobs' tenant is closed. The
// context package cannot link a child to a foreign parent and starts a goroutine for it; a job that fails never cancels its child.
package main

import (
	"context"
	"sync"

	"logcap.test/programs/leaky/context-watcher/job"
	"logcap.test/programs/leaky/context-watcher/tenant"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type scheduler struct {
	runner *job.Runner
	jobs   sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	t := tenant.Open(ctx, "acme")
	defer t.Close()
	sc := &scheduler{runner: job.NewRunner(t)}
	start := service.Pick(s.Style, sc.startInline, sc.startMethod, sc.startGroup)
	return s.Load(ctx, func(r service.Request) {
		start(&job.Job{ID: r.ID, Takes: r.Work, Garbled: r.Leaks})
	})
}

func (sc *scheduler) startInline(j *job.Job) {
	go func() { sc.runner.Run(j) }()
}

func (sc *scheduler) startMethod(j *job.Job) {
	go sc.runner.Run(j)
}

func (sc *scheduler) startGroup(j *job.Job) {
	sc.jobs.Go(func() { sc.runner.Run(j) })
}
