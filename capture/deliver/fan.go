package deliver

import (
	"context"
	"slices"

	"github.com/logcap/logcap/capture/record"
)

// Fan gives every batch to every one of some sinks.
type Fan struct{ to []*Deliverer }

// NewFan is the way to all of to.
func NewFan(to ...*Deliverer) *Fan { return &Fan{to} }

// Send gives b to the queue of each sink and blocks while one of them is full.
// A batch without records goes to none and is acknowledged at once. When ctx
// ends first, an error is returned and b is never acknowledged: sinks
// that have it may deliver it, and it is read again after a restart.
func (f *Fan) Send(ctx context.Context, b *record.Batch) error {
	return f.give(b, func(d *Deliverer) error { return d.Put(ctx, b) })
}

// Push gives b to the queue of each sink at once, whatever their bounds are. For
// what does not come from a source that could wait: look at Full before.
func (f *Fan) Push(ctx context.Context, b *record.Batch) error {
	return f.give(b, func(d *Deliverer) error { return d.Push(ctx, b) })
}

func (f *Fan) give(b *record.Batch, to func(*Deliverer) error) error {
	if len(b.Records) == 0 || len(f.to) == 0 {
		b.Hold(1)
		b.Done()
		return nil
	}
	b.Hold(len(f.to))
	for _, d := range f.to {
		if err := to(d); err != nil {
			return err // the holds that are left keep b from being acknowledged and reused
		}
	}
	return nil
}

// Full says that a queue has reached its bound.
func (f *Fan) Full() bool { return slices.ContainsFunc(f.to, (*Deliverer).Full) }

// Close tells every sink that nothing more will come.
func (f *Fan) Close() {
	for _, d := range f.to {
		d.Close()
	}
}

// Empty says that there is no sink.
func (f *Fan) Empty() bool { return len(f.to) == 0 }
