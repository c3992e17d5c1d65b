// Command context-watcher-state runs the steps of hardware tests. A test can be paused and cancelled, which its steps learn from their context.
package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/context-watcher-state/runner"
	"logcap.test/programs/unseen/context-watcher-state/state"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	job, cancel := state.New(ctx)
	defer cancel()
	rn := runner.New(job, time.Hour)
	var targets errgroup.Group
	defer targets.Wait()
	return s.Load(ctx, func(r service.Request) {
		target := fmt.Sprintf("host-%d", r.ID)
		steps := []runner.Step{wait("boot", r.Work/2), reachable(!r.Leaks), wait("burn in", r.Work/2)}
		launch(&targets, rn, target, steps)
	})
}

func launch(targets *errgroup.Group, rn *runner.Runner, target string, steps []runner.Step) {
	targets.Go(func() error { return rn.Test(target, steps) })
}

// wait is a step that only takes time.
func wait(name string, takes time.Duration) runner.Step {
	return runner.Step{Name: name, Do: func(ctx context.Context, _ string) error {
		select {
		case <-time.After(takes):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

// reachable is a step that knows the answer already.
func reachable(yes bool) runner.Step {
	return runner.Step{Name: "ping", Do: func(ctx context.Context, target string) error {
		if !yes {
			return fmt.Errorf("%s does not answer", target)
		}
		return ctx.Err()
	}}
}
