package channel

import (
	"context"
	"fmt"
)

// Call is one exchange on a Connection.
type Call struct {
	id     uint32
	conn   *Connection
	ctx    context.Context
	cancel context.CancelFunc
	reason error
}

func newCall(parent context.Context, conn *Connection) *Call {
	call := &Call{conn: conn}
	call.ctx, call.cancel = context.WithCancel(parent) // cause
	return call
}

// ID is the call's number on its connection.
func (c *Call) ID() uint32 { return c.id }

// Context is for the call's handler.
func (c *Call) Context() context.Context { return c.ctx }

// Complete sends the answer.
func (c *Call) Complete(answer uint32) error {
	defer c.cancel()
	if !c.conn.forget(c.id) || answer != c.id {
		return errUnknownCall
	}
	return nil
}

// Reject sends an error instead of an answer.
func (c *Call) Reject(reason error) {
	c.reason = fmt.Errorf("call %d: %w", c.id, reason)
	c.conn.forget(c.id)
}
