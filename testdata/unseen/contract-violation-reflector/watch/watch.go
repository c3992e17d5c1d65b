// Package watch turns a stream of a server into a channel of events.
package watch

import (
	"errors"
	"io"
	"sync"
)

// Type says what happened.
type Type string

// The types of events.
const (
	Added    Type = "ADDED"
	Deleted  Type = "DELETED"
	Bookmark Type = "BOOKMARK"
	Error    Type = "ERROR"
)

// Event is one change of one object.
type Event struct {
	Type   Type
	Object string
}

// Interface is a watch that goes on.
type Interface interface {
	// Stop ends the watch.
	Stop()
	// ResultChan is closed at the end of the watch.
	ResultChan() <-chan Event
}

// Decoder reads events off a connection. Its end is io.EOF.
type Decoder interface {
	Decode() (Event, error)
}

// Stream is a watch of a decoder.
type Stream struct {
	source Decoder
	result chan Event
	done   chan struct{}
	once   sync.Once
}

// NewStream begins to read from d.
func NewStream(d Decoder) *Stream {
	s := &Stream{source: d, result: make(chan Event), done: make(chan struct{})}
	go s.receive() // leak:func
	return s
}

// Stop implements Interface.
func (s *Stream) Stop() { s.once.Do(func() { close(s.done) }) }

// ResultChan implements Interface.
func (s *Stream) ResultChan() <-chan Event { return s.result }

func (s *Stream) receive() {
	defer close(s.result)
	defer s.Stop()
	for {
		e, err := s.source.Decode()
		switch {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			e = Event{Type: Error, Object: err.Error()}
		}
		select {
		case <-s.done:
			return
		case s.result <- e:
		}
	}
}
