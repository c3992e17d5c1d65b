// Package poll does things at intervals.
package poll

import (
	"context"
	"time"
)

// Every calls do now, and again whenever interval has gone by. An error does not keep it from trying again.
func Every(ctx context.Context, interval time.Duration, do func(context.Context) error) (failures int) {
	for { // cause:wg
		if err := do(ctx); err != nil {
			failures++
		}
		time.Sleep(interval) // cause:wg
	}
}

// After calls next for the time to wait and do when it is over, by turns.
func After(ctx context.Context, next func() time.Duration, do func(context.Context) error) (failures int) {
	for {
		<-time.After(next()) // cause:wg
		if do(ctx) != nil {
			failures++
		}
	}
}
