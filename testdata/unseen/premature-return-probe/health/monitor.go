// Package health watches over containers by running a command in them every now and then.
package health

import (
	"context"
	"fmt"
	"time"
)

// Result is what one probe found.
type Result struct {
	Start, End time.Time
	ExitCode   int
	Output     string
}

// Prober looks into a container once. It comes back when ctx ends, if not before.
type Prober interface {
	Probe(ctx context.Context) (*Result, error)
}

// Config says how often a container is probed.
type Config struct {
	Interval, Timeout time.Duration
}

// Monitor probes a container until stop is closed. It hands every result to record.
func Monitor(cfg Config, p Prober, stop <-chan struct{}, record func(*Result)) {
	timer := time.NewTimer(cfg.Interval)
	defer timer.Stop()
	for {
		timer.Reset(cfg.Interval)
		select {
		case <-stop:
			return
		case <-timer.C:
		}
		if !once(cfg, p, stop, record) {
			return
		}
	}
}

// once runs one probe, and says whether there should be another.
func once(cfg Config, p Prober, stop <-chan struct{}, record func(*Result)) bool {
	ctx, cancel := context.WithTimeout(context.Background(), cfg.Timeout)
	defer cancel()
	start := time.Now()
	results := make(chan *Result)
	go func() { // leak:func
		result, err := p.Probe(ctx)
		if err != nil {
			results <- &Result{Start: start, End: time.Now(), ExitCode: -1, Output: err.Error()}
			return
		}
		results <- result
	}()
	select {
	case <-stop:
		return false // cause
	case result := <-results:
		record(result)
	case <-ctx.Done():
		record(&Result{Start: start, End: time.Now(), ExitCode: -1, Output: fmt.Sprintf("no answer within %v", cfg.Timeout)})
		<-results
	}
	return true
}
