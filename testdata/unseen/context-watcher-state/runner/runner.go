// Package runner takes targets through the steps of a test.
package runner

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Step is one part of a test.
type Step struct {
	Name string
	Do   func(ctx context.Context, target string) error
}

// Runner runs tests within one job.
type Runner struct {
	job   context.Context
	limit time.Duration

	mu     sync.Mutex
	passed map[string]int
}

// New returns a Runner whose steps may take up to limit.
func New(job context.Context, limit time.Duration) *Runner {
	return &Runner{job: job, limit: limit, passed: map[string]int{}}
}

// Test takes a target through all steps, until one fails.
func (r *Runner) Test(target string, steps []Step) error {
	for i, step := range steps {
		ctx, release := r.allow(step) // cause
		err := step.Do(ctx, target)
		if err != nil {
			return fmt.Errorf("step %d of %s, %s: %w", i+1, target, step.Name, err)
		}
		r.pass(step)
		release()
	}
	return nil
}

func (r *Runner) pass(step Step) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.passed[step.Name]++
}
