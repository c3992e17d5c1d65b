package job

import (
	"context"
	"sync"
)

// Runner runs jobs and keeps those that failed, to be looked at.
type Runner struct {
	parent context.Context
	mu     sync.Mutex
	failed []*Job
}

// NewRunner runs jobs within parent.
func NewRunner(parent context.Context) *Runner { return &Runner{parent: parent} }

// Run does one job.
func (rn *Runner) Run(j *Job) error {
	j.begin(rn.parent)
	if err := j.work(); err != nil {
		rn.keep(j)
		return err
	}
	j.cancel()
	return nil
}

func (rn *Runner) keep(j *Job) {
	rn.mu.Lock()
	defer rn.mu.Unlock()
	rn.failed = append(rn.failed, j)
}
