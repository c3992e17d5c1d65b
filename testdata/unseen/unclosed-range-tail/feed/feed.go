// Package feed plays the server that has the logs and metrics of applications.
package feed

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what an envelope holds.
type Kind int

// The kinds of envelopes.
const (
	Log Kind = iota
	Metric
)

// Envelope is one message of the feed.
type Envelope struct {
	Kind Kind
	Text string
}

// The ways a feed ends.
var (
	ErrEnd   = errors.New("no more messages")
	ErrReset = errors.New("connection reset by peer")
)

// Conn is a connection to the feed.
type Conn struct {
	App     string
	Pace    time.Duration
	Fragile bool // is reset before the end
	sent    int
}

const total = 8

// Next waits for the next envelope.
func (c *Conn) Next() (Envelope, error) {
	if c.sent >= total {
		return Envelope{}, ErrEnd
	}
	if c.Fragile && c.sent > total/2 {
		return Envelope{}, ErrReset
	}
	time.Sleep(c.Pace)
	c.sent++
	if c.sent%3 == 0 {
		return Envelope{Kind: Metric, Text: fmt.Sprint(c.sent)}, nil
	}
	return Envelope{Kind: Log, Text: fmt.Sprintf("%s: line %d", c.App, c.sent)}, nil
}
