// Package reflector keeps a copy of what a server has.
package reflector

import (
	"context"
	"fmt"
	"sync"

	"logcap.test/programs/unseen/contract-violation-reflector/watch"
)

// Source is a server that can be watched.
type Source interface {
	Watch(ctx context.Context, revision int) (watch.Interface, error)
}

// Reflector has the copy.
type Reflector struct {
	source Source

	mu       sync.Mutex
	objects  map[string]bool
	revision int
}

// New returns a reflector of source.
func New(source Source) *Reflector {
	return &Reflector{source: source, objects: map[string]bool{}}
}

// Run watches the source, again when a watch has ended, for as long as nothing goes wrong and there is something new.
func (r *Reflector) Run(ctx context.Context) error {
	for {
		before := r.revision
		w, err := r.source.Watch(ctx, r.revision) // cause
		if err != nil {
			return fmt.Errorf("watch from revision %d: %w", r.revision, err)
		}
		if err := r.follow(ctx, w); err != nil {
			return err
		}
		if r.revision == before {
			return nil
		}
	}
}

// follow applies the events of one watch.
func (r *Reflector) follow(ctx context.Context, w watch.Interface) error {
	for {
		select {
		case <-ctx.Done():
			w.Stop()
			return ctx.Err()
		case e, ok := <-w.ResultChan():
			if !ok {
				return nil
			}
			if e.Type == watch.Error {
				return fmt.Errorf("watch ended at revision %d: %s", r.revision, e.Object) // cause
			}
			r.apply(e)
		}
	}
}

func (r *Reflector) apply(e watch.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e.Type {
	case watch.Added:
		r.objects[e.Object] = true
	case watch.Deleted:
		delete(r.objects, e.Object)
	case watch.Bookmark:
		return
	}
	r.revision++
}
