package logs

import (
	"context"
	"time"
)

// stream is where the events of several groups come together.
type stream struct {
	ctx      context.Context
	open     int
	events   chan Event
	failures chan error
	ended    chan struct{}
}

func newStream(ctx context.Context, groups int) *stream {
	return &stream{ // cause
		ctx:    ctx,
		open:   groups,
		events: make(chan Event, 8*groups),
		ended:  make(chan struct{}, groups),
	}
}

// copy brings the events of one group.
func (s *stream) copy(from Source, group string, pace time.Duration) {
	err := from.Events(s.ctx, group, pace, func(e Event) {
		select {
		case s.events <- e:
		case <-s.ctx.Done():
		}
	})
	if err != nil && s.ctx.Err() == nil {
		s.failures <- err
		return
	}
	s.ended <- struct{}{}
}

// next returns an event or a failure, or nothing when a group ended. It is false after the end of the context.
func (s *stream) next() (Event, error, bool) {
	select {
	case e := <-s.events:
		return e, nil, true
	case err := <-s.failures:
		s.open--
		return Event{}, err, true
	case <-s.ended:
		s.open--
		return Event{}, nil, true
	case <-s.ctx.Done():
		return Event{}, nil, false
	}
}
