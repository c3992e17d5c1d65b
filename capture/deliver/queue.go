package deliver

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/logcap/logcap/capture/record"
)

// ErrClosed is the answer of Put after Close, or once the sink is gone.
var ErrClosed = errors.New("the sink takes nothing more")

// waiter is a Put that found the queue full.
type waiter struct {
	batch    *record.Batch
	since    time.Time
	admitted chan struct{} // closed when the batch is in the queue
}

// Put counts the records of b as read by this sink and queues it. While the
// queue holds more than its bound it blocks, first come first served, until
// there is room or ctx is done; a batch larger than the bound goes in when nothing else is there.
// A queue on disk takes it by writing it, and acknowledges it when it is synced.
func (d *Deliverer) Put(ctx context.Context, b *record.Batch) error {
	if d.cfg.Queue != nil {
		return d.store(ctx, b, false)
	}
	d.mu.Lock()
	if d.retired {
		d.late(b)
		d.mu.Unlock()
		return nil
	}
	if d.closed || d.gone {
		d.mu.Unlock()
		return ErrClosed
	}
	if d.cfg.Full == DropOldest {
		d.makeRoom(b.Size())
	}
	if len(d.waiting) == 0 && d.fits(b) {
		d.push(b)
		d.mu.Unlock()
		return nil
	}
	w := &waiter{b, time.Now(), make(chan struct{})}
	d.waiting = append(d.waiting, w)
	d.wake()
	d.mu.Unlock()
	select {
	case <-w.admitted:
		return nil
	case <-ctx.Done():
	case <-d.end:
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.Index(d.waiting, w)
	if i < 0 {
		return nil // it was let in at the same moment
	}
	d.waiting = slices.Delete(d.waiting, i, i+1)
	d.admit() // a smaller one behind it may fit
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return ErrClosed
}

// Push is Put beyond the bound, without waiting for room. ctx is for a disk that takes nothing.
func (d *Deliverer) Push(ctx context.Context, b *record.Batch) error {
	if d.cfg.Queue != nil {
		return d.store(ctx, b, true)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.retired:
		d.late(b)
		return nil
	case d.closed || d.gone:
		return ErrClosed
	case d.cfg.Full == DropOldest:
		d.makeRoom(b.Size())
	}
	d.push(b)
	return nil
}

// Full says that the queue has reached its bound, or that somebody waits for room.
func (d *Deliverer) Full() bool {
	if d.cfg.Queue != nil {
		s := d.cfg.Queue.Stats()
		return s.Blocks && (s.Blocked || s.Bytes >= s.Bound)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cfg.Full == Block && !d.retired && (len(d.waiting) > 0 || d.bytes >= d.cfg.QueueBytes)
}

// Close says that no Put comes after it; Run ends when the queue is empty.
func (d *Deliverer) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.wake()
}

// fits says that b may be queued now. Where the oldest go it always may while the sink is written to: what is left
// after makeRoom is in that Write, and a sink that is dead holds all of the bound so for ever.
func (d *Deliverer) fits(b *record.Batch) bool {
	return d.retired || d.cfg.Full == DropOldest && d.busy || d.bytes == 0 || d.bytes+b.Size() <= d.cfg.QueueBytes
}

func (d *Deliverer) push(b *record.Batch) {
	d.queue = append(d.queue, b)
	d.bytes += b.Size()
	d.stats.Read += uint64(len(b.Records))
	d.stats.Queued += uint64(len(b.Records))
	d.wake()
}

// admit lets waiting batches in, in their order, while there is room.
func (d *Deliverer) admit() {
	for len(d.waiting) > 0 && d.fits(d.waiting[0].batch) {
		w := d.waiting[0]
		d.waiting = slices.Delete(d.waiting, 0, 1)
		d.push(w.batch)
		close(w.admitted)
	}
}

// makeRoom throws out the oldest queued batches until size more bytes fit.
// Those that are being written stay: the sink has them.
func (d *Deliverer) makeRoom(size int64) {
	n := 0
	for n < len(d.queue) && d.bytes+size > d.cfg.QueueBytes {
		b := d.queue[n]
		n++
		d.bytes -= b.Size()
		d.drop(ReasonQueueFull, uint64(len(b.Records)))
		b.Done()
	}
	d.queue = slices.Delete(d.queue, 0, n)
}

// drop counts records that will not be delivered.
func (d *Deliverer) drop(reason string, records uint64) {
	if d.stats.Dropped == nil {
		d.stats.Dropped = map[string]uint64{}
	}
	d.stats.Dropped[reason] += records
	d.stats.Queued -= records
}

// take moves queued batches into d.writing until they hold limit bytes, and says whether they do.
func (d *Deliverer) take(limit int) (full bool) {
	n := 0
	for _, b := range d.queue {
		if len(d.writing) > 0 && d.taken+len(b.Buf) > limit {
			full = true
			break
		}
		d.writing = append(d.writing, b)
		d.taken += len(b.Buf)
		n++
	}
	d.queue = slices.Delete(d.queue, 0, n)
	return full || d.taken >= limit
}

// wake tells Run that there is something new. Called under the lock.
func (d *Deliverer) wake() {
	select {
	case d.news <- struct{}{}:
	default:
	}
}
