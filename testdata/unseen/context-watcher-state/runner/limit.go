package runner

import (
	"context"
	"fmt"
	"time"
)

// overdue is why a step's context ended.
type overdue struct {
	step  string
	limit time.Duration
}

func (o overdue) Error() string { return fmt.Sprintf("%s took more than %v", o.step, o.limit) }

// allow returns the context of a step, and what gives back what it holds.
func (r *Runner) allow(step Step) (context.Context, func()) {
	end := time.Now().Add(r.limit)
	ctx, cancel := context.WithDeadlineCause(r.job, end, overdue{step.Name, r.limit}) // cause
	return ctx, cancel
}
