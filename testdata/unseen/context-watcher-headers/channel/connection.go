// Package channel is a connection with many calls at once.
package channel

import (
	"context"
	"errors"
	"sync"

	"logcap.test/programs/unseen/context-watcher-headers/headers"
)

// Connection has the calls of one peer.
type Connection struct {
	ctx  context.Context
	peer string

	mu    sync.Mutex
	next  uint32
	calls map[uint32]*Call
}

// Accept returns the connection of a peer. It is open until ctx ends.
func Accept(ctx context.Context, peer string) *Connection {
	return &Connection{ctx: ctx, peer: peer, calls: map[uint32]*Call{}}
}

// Begin begins a call that came with headers.
func (c *Connection) Begin(h map[string]string) *Call {
	call := newCall(headers.Wrap(c.ctx, h), c)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next++
	call.id = c.next
	c.calls[call.id] = call
	return call
}

// forget takes a call out, and says whether it was there.
func (c *Connection) forget(id uint32) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.calls[id]
	delete(c.calls, id)
	return ok
}

var errUnknownCall = errors.New("unknown call")
