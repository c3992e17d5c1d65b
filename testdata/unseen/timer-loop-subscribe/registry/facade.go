package registry

import (
	"errors"
	"fmt"
	"time"
)

// ErrClosed is what a listener says once it is closed.
var ErrClosed = errors.New("listener is closed")

// Event is a provider that came or went.
type Event struct {
	Provider string
	Gone     bool
}

// Listener waits for events of one service.
type Listener interface {
	Next() (Event, error)
	Close()
}

// Facade is what a kind of registry has to offer.
type Facade interface {
	Listen(service string) (Listener, error)
}

// Memory is a registry of services that are known beforehand.
type Memory struct {
	Known func(service string) bool
	Pace  time.Duration
}

// Listen implements Facade.
func (m Memory) Listen(service string) (Listener, error) {
	if !m.Known(service) {
		return nil, fmt.Errorf("node of %s does not exist", service)
	}
	return &listener{service: service, pace: m.Pace, closed: make(chan struct{})}, nil
}

type listener struct {
	service string
	pace    time.Duration
	seen    int
	closed  chan struct{}
}

func (l *listener) Next() (Event, error) {
	timer := time.NewTimer(l.pace)
	defer timer.Stop()
	select {
	case <-l.closed:
		return Event{}, ErrClosed
	case <-timer.C:
		l.seen++
		return Event{Provider: fmt.Sprintf("%s@10.0.0.%d", l.service, l.seen%5), Gone: l.seen%4 == 3}, nil
	}
}

func (l *listener) Close() { close(l.closed) }
