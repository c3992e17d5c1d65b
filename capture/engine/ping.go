package engine

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Ping asks whether the engine answers within d, whatever the answer is.
func (e *Engine) Ping(ctx context.Context, d time.Duration) error {
	within, cancel := context.WithTimeoutCause(ctx, d, fmt.Errorf("no answer within %v", d))
	defer cancel()
	s, err := e.get(within, "/_ping", nil)
	var answered *Answered
	switch {
	case err == nil:
		s.Close()
		return nil
	case errors.As(err, &answered):
		return nil
	case ctx.Err() == nil && within.Err() != nil:
		return e.unreachable(context.Cause(within))
	}
	return err
}
