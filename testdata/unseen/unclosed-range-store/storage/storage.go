// Package storage keeps objects and tells of their changes.
package storage

import (
	"context"
	"time"
)

// Change is a new value of a key, or its end.
type Change struct {
	Key, Value string
	Deleted    bool
}

// Storage has keys that can be watched.
type Storage interface {
	// Watch returns the changes below prefix until ctx ends.
	Watch(ctx context.Context, prefix string) <-chan Change
}

// File is a storage that never changes: it tells once what there is.
type File struct{ Keys []string }

// Watch implements Storage.
func (f File) Watch(ctx context.Context, prefix string) <-chan Change {
	changes := make(chan Change, len(f.Keys))
	for _, key := range f.Keys {
		changes <- Change{Key: prefix + key, Value: "{}"}
	}
	close(changes)
	return changes
}

// event is a change as the cluster words it.
type event struct {
	kind       int
	key, value []byte
}

// Cluster is a storage that others write to as well.
type Cluster struct{ Pace time.Duration }

// Watch implements Storage.
func (c Cluster) Watch(ctx context.Context, prefix string) <-chan Change {
	events := c.stream(ctx, prefix)
	changes := make(chan Change, 1)
	go func() {
		for e := range events {
			out := Change{Key: string(e.key), Value: string(e.value)}
			if e.kind == 1 {
				out.Value, out.Deleted = "", true
			}
			changes <- out // cause
		}
	}()
	return changes
}

// stream plays the cluster's client: its channel is closed once ctx has ended.
func (c Cluster) stream(ctx context.Context, prefix string) <-chan event {
	events := make(chan event)
	go func() {
		defer close(events)
		ticker := time.NewTicker(c.Pace)
		defer ticker.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			select {
			case <-ctx.Done():
				return
			case events <- event{kind: n % 2, key: []byte(prefix + "route"), value: []byte("{}")}:
			}
		}
	}()
	return events
}
