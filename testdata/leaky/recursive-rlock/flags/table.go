package flags

import (
	"sync/atomic"
	"time"

	"logcap.test/programs/leaky/recursive-rlock/snapshot"
)

// table is the flags of one tenant.
type table struct {
	flags *snapshot.Store[string, Flag]
	pace  Pace
	on    atomic.Int64
}

// NewTable returns the flags of a tenant.
func NewTable(pace Pace) Set {
	return &table{flags: snapshot.New(shipped()), pace: pace}
}

func (t *table) Evaluate() error {
	t.flags.Each(func(name string, f Flag) {
		time.Sleep(t.pace.Each)
		parent, ok := t.flags.Get(f.Parent) // cause:func cause:stuck-func
		if f.On && (!ok || parent.On) {
			t.on.Add(1)
		}
	})
	return nil
}

func (t *table) Reload() error {
	time.Sleep(t.pace.Reload)
	t.flags.Replace(shipped())
	return nil
}
