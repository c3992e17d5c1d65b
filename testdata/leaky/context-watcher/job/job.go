// Package job runs pieces of work.
package job

import (
	"context"
	"errors"
	"fmt"
	"time"
)

var errInput = errors.New("input cannot be read")

// Job is one piece of work.
type Job struct {
	ID    int
	Takes time.Duration
	// Garbled says that its input makes no sense.
	Garbled bool

	ctx    context.Context
	cancel context.CancelFunc
}

// begin gives the job its place in what runs for parent.
func (j *Job) begin(parent context.Context) {
	j.ctx, j.cancel = context.WithCancel(parent) // cause
}

// work ends after a while, or when the job is cancelled.
func (j *Job) work() error {
	done := time.NewTimer(j.Takes)
	defer done.Stop()
	select {
	case <-done.C:
	case <-j.ctx.Done():
		return context.Cause(j.ctx)
	}
	if j.Garbled {
		return fmt.Errorf("job %d: %w", j.ID, errInput)
	}
	return nil
}
