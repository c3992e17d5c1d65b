// Package controllers is what a leader runs.
package controllers

import (
	"context"
	"sync/atomic"
	"time"
)

// Shard is a part of the cluster.
type Shard struct {
	Name    string
	Term    time.Duration
	Enabled []string // controllers to run
}

// Stats counts what the controllers did.
type Stats struct {
	syncs atomic.Int64
	lost  atomic.Int64
}

// Lost says that a lease ended.
func (s *Stats) Lost() { s.lost.Add(1) }

// controller syncs one kind of object until its context ends.
type controller func(context.Context, *Stats)

// known are the controllers by name.
func known() map[string]controller {
	return map[string]controller{
		"endpoints": every(20 * time.Millisecond),
		"quota":     every(35 * time.Millisecond),
		"taints":    every(50 * time.Millisecond),
	}
}

func every(interval time.Duration) controller {
	return func(ctx context.Context, stats *Stats) {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				stats.syncs.Add(1)
			case <-ctx.Done():
				return
			}
		}
	}
}

// Runner returns what the leader of a shard does.
func Runner(shard Shard, stats *Stats) func(context.Context) {
	return func(ctx context.Context) {
		if err := start(ctx, shard, stats); err != nil {
			stats.Lost()
		}
	}
}
