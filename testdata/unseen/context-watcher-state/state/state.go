// Package state is a context that can be paused as well as cancelled.
package state

import (
	"context"
	"errors"
	"sync"
)

// ErrPaused is why a context ends that was paused.
var ErrPaused = errors.New("paused")

// Context is a context with two ways to end.
type Context struct {
	context.Context
	ended chan struct{}
	once  sync.Once

	mu     sync.Mutex
	reason error
}

// New returns a Context that ends with parent, or when cancel is called, or Pause.
func New(parent context.Context) (c *Context, cancel func()) {
	c = &Context{Context: parent, ended: make(chan struct{})}
	stop := context.AfterFunc(parent, func() { c.end(context.Cause(parent)) })
	return c, func() {
		stop()
		c.end(context.Canceled)
	}
}

// Pause ends the context with ErrPaused.
func (c *Context) Pause() { c.end(ErrPaused) }

// Done is closed after Pause as well.
func (c *Context) Done() <-chan struct{} { return c.ended }

// Err says how the context ended.
func (c *Context) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reason
}

func (c *Context) end(reason error) {
	c.once.Do(func() {
		c.mu.Lock()
		c.reason = reason
		c.mu.Unlock()
		close(c.ended)
	})
}
