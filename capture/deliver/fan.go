package deliver

import (
	"context"

	"github.com/logcap/logcap/capture/record"
)

// Fan gives every batch to every sink. Routes by condition would choose among them here.
type Fan struct{ to []*Deliverer }

// NewFan is the way to all of to.
func NewFan(to ...*Deliverer) *Fan { return &Fan{to} }

// Send gives b to the queue of each sink and blocks while one of them is full.
// A batch without records goes to none and is acknowledged at once. When ctx
// ends first, an error is returned and b is never acknowledged: sinks
// that have it may deliver it, and it is read again after a restart.
func (f *Fan) Send(ctx context.Context, b *record.Batch) error {
	if len(b.Records) == 0 || len(f.to) == 0 {
		b.Hold(1)
		b.Done()
		return nil
	}
	b.Hold(len(f.to))
	for _, d := range f.to {
		if err := d.Put(ctx, b); err != nil {
			return err // the holds that are left keep b from being acknowledged and reused
		}
	}
	return nil
}

// Close tells every sink that nothing more will come.
func (f *Fan) Close() {
	for _, d := range f.to {
		d.Close()
	}
}
