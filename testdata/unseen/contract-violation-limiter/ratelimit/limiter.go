// Package ratelimit hands out permits at a steady rate.
package ratelimit

import (
	"context"
	"sync"
	"time"
)

// Limiter gives a number of permits per interval.
type Limiter struct {
	permits chan struct{}
	quit    chan struct{}
	once    sync.Once
}

// New returns a limiter of max permits per interval, the first of them at once.
func New(max int, interval time.Duration) *Limiter {
	l := &Limiter{permits: make(chan struct{}, max), quit: make(chan struct{})}
	l.fill()
	go l.run(interval) // leak:func
	return l
}

func (l *Limiter) run(interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-l.quit:
			return
		case <-ticker.C:
			l.fill()
		}
	}
}

func (l *Limiter) fill() {
	for {
		select {
		case l.permits <- struct{}{}:
		default:
			return
		}
	}
}

// Take waits for a permit.
func (l *Limiter) Take(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-l.permits:
		return nil
	}
}

// Stop ends the limiter.
func (l *Limiter) Stop() { l.once.Do(func() { close(l.quit) }) }
