package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/unseen/premature-return-probe/health"
)

// container is one that runs.
type container struct {
	id      int
	command time.Duration // how long its health command takes
	lease   time.Duration // a job is done after this time; 0: somebody stops it
	started time.Time

	mu      sync.Mutex
	streak  int
	stopped chan struct{}
}

func newContainer(id int, command, lease time.Duration) *container {
	return &container{id: id, command: command, lease: lease, started: time.Now(), stopped: make(chan struct{})}
}

// Probe runs the health command.
func (c *container) Probe(ctx context.Context) (*health.Result, error) {
	start := time.Now()
	exec := time.NewTimer(c.command)
	defer exec.Stop()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case end := <-exec.C:
		return &health.Result{Start: start, End: end, Output: "ok"}, nil
	}
}

// record counts failures in a row, and lets a job go that is done.
func (c *container) record(r *health.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.ExitCode != 0 {
		c.streak++
		return
	}
	c.streak = 0
	if c.lease > 0 && time.Since(c.started) >= c.lease {
		c.stop()
	}
}

// stop ends the container's monitor.
func (c *container) stop() { close(c.stopped) }
