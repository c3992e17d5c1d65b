// Package deliver takes batches from sources to sinks: a bounded queue and a
// retry for each sink, the account of what became of every record, and the
// order in which positions are committed.
package deliver

import (
	"sync"

	"github.com/logcap/logcap/capture/record"
)

// Order commits the positions of one origin in the order in which its batches
// were added, however they are acknowledged. Its zero value is ready.
type Order struct {
	mu   sync.Mutex
	ring []flight // a queue that begins at head and holds n
	head int
	n    int
}

// flight is a batch that some sink has not taken yet.
type flight struct {
	batch *record.Batch // nil once it is acknowledged: its memory may be another batch by then
	pos   record.Position
}

// Add puts b behind all that were added before and becomes its Ack. A batch
// that is never acknowledged holds back the positions of all behind it.
func (o *Order) Add(b *record.Batch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.n == len(o.ring) {
		grown := make([]flight, max(4, 2*o.n))
		for i := range o.n {
			grown[i] = *o.at(i)
		}
		o.ring, o.head = grown, 0
	}
	*o.at(o.n) = flight{b, b.Position}
	o.n++
	b.Ack = o
}

// Acknowledge implements record.Ack. The positions that this makes true are
// committed before it returns, under the Order's lock and so never two at once.
func (o *Order) Acknowledge(b *record.Batch) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.n {
		if f := o.at(i); f.batch == b {
			f.batch = nil
			break
		}
	}
	var last record.Position
	for o.n > 0 && o.at(0).batch == nil {
		f := o.at(0)
		if f.pos != nil {
			last = f.pos // a position holds for everything before it
		}
		*f = flight{}
		o.head = (o.head + 1) % len(o.ring)
		o.n--
	}
	if last != nil {
		last.Commit()
	}
}

// InFlight is the number of batches that are not committed yet.
func (o *Order) InFlight() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.n
}

func (o *Order) at(i int) *flight { return &o.ring[(o.head+i)%len(o.ring)] }
