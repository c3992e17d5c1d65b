package batch

import (
	"context"
	"errors"
	"sync"
)

// Closer closes Writers in their order, in a goroutine of its own.
type Closer struct {
	writers chan *Writer

	mu      sync.Mutex
	pending map[string]bool
	errs    []error
}

// NewCloser returns a Closer that works until ctx ends and has room for some Writers.
func NewCloser(ctx context.Context, room int) *Closer {
	c := &Closer{writers: make(chan *Writer, room), pending: map[string]bool{}}
	go c.work(ctx)
	return c
}

// CloseAll takes writers over. It returns what went wrong with earlier ones.
func (c *Closer) CloseAll(writers []*Writer) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range writers {
		c.submit(w)
	}
	err := errors.Join(c.errs...)
	c.errs = nil
	return err
}

// submit hands one over. The caller has the lock.
func (c *Closer) submit(w *Writer) {
	if c.pending[w.Path] {
		return
	}
	c.pending[w.Path] = true
	c.writers <- w // cause
}

func (c *Closer) work(ctx context.Context) {
	for {
		select {
		case w := <-c.writers:
			c.finish(w, w.Close())
		case <-ctx.Done():
			return
		}
	}
}

// finish notes how the closing went.
func (c *Closer) finish(w *Writer, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, w.Path)
	if err != nil {
		c.errs = append(c.errs, err)
	}
}
