// Package wire is one connection to a node.
package wire

import (
	"errors"
	"sync/atomic"
	"time"
)

// ErrorHandler is told when a connection cannot be used any more.
type ErrorHandler interface {
	HandleError(c *Conn, err error, closed bool)
}

// ErrUnanswered says that requests were on their way when the connection ended.
var ErrUnanswered = errors.New("connection closed with requests unanswered")

// Conn is a connection. It may carry several requests at a time.
type Conn struct {
	handler ErrorHandler
	pending atomic.Int32
	closed  atomic.Bool
	beat    chan struct{}
}

// Dial returns a connection that tells handler of its end.
func Dial(handler ErrorHandler) *Conn {
	c := &Conn{handler: handler, beat: make(chan struct{})}
	go c.heartbeat()
	return c
}

func (c *Conn) heartbeat() {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-c.beat:
			return
		case <-ticker.C:
		}
	}
}

// Exec sends a request. Nobody waits for the answer of an async one.
func (c *Conn) Exec(cost time.Duration, async bool) {
	c.pending.Add(1)
	if async {
		return
	}
	time.Sleep(cost)
	c.pending.Add(-1)
}

// Close ends the connection.
func (c *Conn) Close() {
	if c.pending.Load() > 0 {
		c.closeWithError(ErrUnanswered)
		return
	}
	c.closeWithError(nil)
}

func (c *Conn) closeWithError(err error) {
	if !c.closed.CompareAndSwap(false, true) {
		return
	}
	close(c.beat)
	if err != nil {
		c.handler.HandleError(c, err, true)
	}
}
