// Package logs follows several log groups at once.
package logs

import (
	"context"
	"iter"
	"time"
)

// Event is a line of a log group.
type Event struct {
	Group string
	Text  string
}

// Source has log groups.
type Source interface {
	// Events emits what is in a group until there is no more.
	Events(ctx context.Context, group string, pace time.Duration, emit func(Event)) error
}

// Tail yields the events of all groups as they come, and why a group has none.
func Tail(ctx context.Context, from Source, groups []string, pace time.Duration) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		s := newStream(ctx, len(groups))
		for _, group := range groups {
			go s.copy(from, group, pace) // leak:func
		}
		for s.open > 0 {
			event, err, ok := s.next()
			if !ok {
				return
			}
			if (err != nil || event.Group != "") && !yield(event, err) {
				return
			}
		}
	}
}
