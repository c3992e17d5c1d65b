package flags

import (
	"sync/atomic"
	"time"

	"logcap.test/programs/leaky/recursive-rlock/snapshot"
)

// source is where a catalogue has its flags from.
type source interface {
	Get(name string) (Flag, bool)
	Each(func(name string, f Flag))
	Replace(map[string]Flag)
}

// catalogue is the flags of a product.
type catalogue struct {
	source
	pace Pace
	on   atomic.Int64
}

// NewCatalogue returns the flags of a product.
func NewCatalogue(pace Pace) Set {
	return &catalogue{source: snapshot.New(shipped()), pace: pace}
}

// enabled says whether f and what it depends on are on.
func (c *catalogue) enabled(f Flag) bool {
	if f.Parent == "" {
		return f.On
	}
	parent, ok := c.Get(f.Parent) // cause:wg cause:stuck-wg
	return f.On && (!ok || parent.On)
}

func (c *catalogue) count(_ string, f Flag) {
	time.Sleep(c.pace.Each)
	if c.enabled(f) {
		c.on.Add(1)
	}
}

func (c *catalogue) Evaluate() error {
	c.Each(c.count)
	return nil
}

func (c *catalogue) Reload() error {
	time.Sleep(c.pace.Reload)
	c.Replace(shipped())
	return nil
}
