// Package headers lets a context carry the headers of a call and nothing else.
package headers

import (
	"context"
	"maps"
	"time"
)

// Context is a context with headers. It does not let the values of its parent through: they are another process's business.
type Context struct {
	parent  context.Context
	headers map[string]string
}

// key is the type of all keys that a Context answers.
type key string

// Wrap returns a Context of parent with a copy of h.
func Wrap(parent context.Context, h map[string]string) *Context {
	return &Context{parent: parent, headers: maps.Clone(h)}
}

// Deadline is the parent's.
func (c *Context) Deadline() (time.Time, bool) { return c.parent.Deadline() }

// Done is the parent's.
func (c *Context) Done() <-chan struct{} { return c.parent.Done() }

// Err is the parent's.
func (c *Context) Err() error { return c.parent.Err() }

// Value returns a header.
func (c *Context) Value(k any) any {
	name, ok := k.(key)
	if !ok {
		return nil
	}
	value, ok := c.headers[string(name)]
	if !ok {
		return nil
	}
	return value
}

// Get returns a header of ctx.
func Get(ctx context.Context, name string) (string, bool) {
	value, ok := ctx.Value(key(name)).(string)
	return value, ok
}
