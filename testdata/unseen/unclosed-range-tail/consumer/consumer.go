// Package consumer reads the feeds of applications.
package consumer

import (
	"errors"
	"fmt"

	"logcap.test/programs/unseen/unclosed-range-tail/feed"
)

// Sink takes the lines of a log. Its methods are not called at the same time.
type Sink interface {
	Line(text string)
	End()
}

// Tail writes the log of an application to sink while it comes. It returns when the connection is at its end.
func Tail(conn *feed.Conn, sink Sink) error {
	envelopes := make(chan feed.Envelope)
	go forward(envelopes, sink) // leak:func
	return pump(conn, envelopes)
}

// forward picks the lines of the log.
func forward(envelopes <-chan feed.Envelope, sink Sink) {
	defer sink.End()
	for e := range envelopes {
		if e.Kind == feed.Log {
			sink.Line(e.Text)
		}
	}
}

// pump reads conn to its end.
func pump(conn *feed.Conn, envelopes chan<- feed.Envelope) error {
	for {
		e, err := conn.Next()
		switch {
		case errors.Is(err, feed.ErrEnd):
			close(envelopes)
			return nil
		case err != nil:
			return fmt.Errorf("read the feed of %s: %w", conn.App, err) // cause
		}
		envelopes <- e // cause
	}
}
