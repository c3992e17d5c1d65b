// Package daemon does what its users ask for with the containers of one namespace.
package daemon

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"logcap.test/programs/unseen/lock-order-attach/container"
)

var errGone = errors.New("the container is gone")

// Daemon has the containers of a namespace.
type Daemon struct {
	namespace string
	store     *container.Store

	logMu sync.Mutex
	lines []string
}

// New returns a Daemon without containers.
func New(namespace string) *Daemon {
	return &Daemon{namespace: namespace, store: container.NewStore()}
}

// Create adds a container that does not run yet.
func (d *Daemon) Create(name, image string) *container.Container {
	c := &container.Container{ID: d.namespace + "/" + name, Image: image}
	d.store.Add(c)
	return c
}

// Log keeps a line.
func (d *Daemon) Log(format string, args ...any) {
	d.logMu.Lock()
	defer d.logMu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf(format, args...))
}

// Start runs a container, which takes a while, and attaches to it.
func (d *Daemon) Start(c *container.Container, takes time.Duration) error {
	c.Lock()
	defer c.Unlock()
	time.Sleep(takes)
	c.SetRunning()
	return d.attachStreams(c.ID)
}

// attachStreams connects the output of a container that is starting.
func (d *Daemon) attachStreams(id string) error {
	c := d.store.Get(id) // cause
	if c == nil {
		return errGone
	}
	for range 2 {
		c.Attach()
	}
	return nil
}

// CleanLater removes the stopped containers of an image after a while.
func (d *Daemon) CleanLater(after time.Duration, image string) {
	time.Sleep(after)
	removed := d.store.Reduce(func(c *container.Container) bool {
		return c.Image == image && !c.IsRunning()
	})
	d.Log("%d containers of %s removed", len(removed), image)
}
