package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/logcap/logcap/capture/queue"
	"github.com/logcap/logcap/capture/record"
)

// diskRetry is how long after an error of the queue's disk the same is tried again.
const diskRetry = time.Second

// store puts b into the queue on disk, for as long as that takes: a disk that
// fails holds the source up, as a full queue does, and nothing is lost. With over it goes beyond the queue's bound.
func (d *Deliverer) store(ctx context.Context, b *record.Batch, over bool) error {
	put := d.cfg.Queue.Append
	if over {
		put = d.cfg.Queue.Exceed
	}
	st := d.storing()
	defer d.stored(st)
	dropped := false
	account := func(added, old uint64) {
		if added == 0 && old == 0 {
			d.full(st)
			d.cfg.Board.Raise(d.fullSubject(), &fullQueue{d.cfg.Name, false})
		}
		dropped = dropped || old > 0
		d.account(added, old)
	}
	for failed := false; ; failed = true {
		d.mu.Lock()
		closed, retired := d.closed || d.gone, d.retired
		if d.gone && retired {
			d.late(b)
			d.mu.Unlock()
			return nil
		}
		d.mu.Unlock()
		if closed && !retired {
			return ErrClosed
		}
		err := put(ctx, b, account)
		if dropped {
			d.cfg.Board.Raise(d.fullSubject(), &fullQueue{d.cfg.Name, true})
		}
		switch {
		case err == nil:
			if failed {
				d.cfg.Board.Clear(d.diskSubject())
			}
			return nil
		case errors.Is(err, queue.ErrClosed):
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.retired {
				d.late(b)
				return nil
			}
			return ErrClosed
		case ctx.Err() != nil:
			return context.Cause(ctx)
		}
		d.cfg.Board.Raise(d.diskSubject(), &diskError{fmt.Errorf("write to the queue: %w", err)})
		late := time.NewTimer(diskRetry)
		select {
		case <-late.C:
		case <-d.end:
			late.Stop()
			continue // what that means depends on why
		case <-ctx.Done():
			late.Stop()
			return context.Cause(ctx)
		}
	}
}

// store is one that waits for the queue on disk to take a batch.
type store struct {
	since    time.Time
	fullFrom time.Time // since when it has waited for room; zero: it does not
}

func (d *Deliverer) storing() *store {
	st := &store{since: time.Now()}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stores == nil {
		d.stores = map[*store]struct{}{}
	}
	d.stores[st] = struct{}{}
	return st
}

func (d *Deliverer) full(st *store) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if st.fullFrom.IsZero() {
		st.fullFrom = time.Now()
	}
}

func (d *Deliverer) stored(st *store) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.stores, st)
}

// account counts what the queue on disk has taken and thrown out. It is called under that queue's lock.
func (d *Deliverer) account(added, old uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stats.Read += added
	d.stats.Queued += added
	if old > 0 {
		d.drop(ReasonQueueFull, old)
	}
	d.wake()
}

// load reads batches into d.writing until they hold limit bytes, and says whether they do, or whether there is
// no point in waiting because the queue is full. An error of the disk may pass.
func (d *Deliverer) load(limit int) (full bool, err error) {
	for {
		b, end := d.ahead, d.aheadEnd
		if b == nil {
			b, end, err = d.cfg.Queue.Read()
		}
		var damage *queue.Damage
		switch {
		case errors.As(err, &damage):
			d.mu.Lock()
			d.drop(ReasonDamaged, damage.Records)
			d.mu.Unlock()
			d.cfg.Board.Tell(d.diskSubject(), damage)
			continue
		case err != nil:
			d.cfg.Board.Raise(d.readSubject(), &diskError{err})
			return false, err
		case b == nil:
			d.cfg.Board.Clear(d.readSubject())
			return d.taken >= limit || d.cfg.Queue.Stats().Blocked, nil
		case len(d.writing) > 0 && d.taken+len(b.Buf) > limit:
			d.ahead, d.aheadEnd = b, end
			return true, nil
		}
		d.ahead = nil
		d.writing = append(d.writing, b)
		d.taken += len(b.Buf)
		d.written = end
	}
}

// nextStored is next for a queue on disk.
func (d *Deliverer) nextStored(ctx context.Context) (bool, error) {
	var late, again <-chan time.Time
	for {
		writes := d.tenure(ctx, false)
		if writes.Err() != nil && ctx.Err() == nil {
			if d.expired() {
				return true, errRemoved
			}
			d.settle(ctx)
			continue
		}
		d.mu.Lock()
		closed := d.closed
		d.mu.Unlock()
		full, err := d.load(d.limits.Bytes)
		any := len(d.writing) > 0
		if any && (full || closed || err != nil || d.limits.Linger == 0) || closed && !any && err == nil {
			return any, nil
		}
		if again = nil; err != nil {
			timer := time.NewTimer(diskRetry)
			defer timer.Stop()
			again = timer.C
		}
		if any && late == nil {
			timer := time.NewTimer(d.limits.Linger)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-d.news:
		case <-again:
		case <-late:
			return true, nil
		case <-writes.Done():
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// finishStored removes what was written from the queue on disk.
func (d *Deliverer) finishStored() {
	for i, b := range d.writing {
		b.Release()
		d.writing[i] = nil
	}
	if err := d.cfg.Queue.Ack(d.written); err != nil {
		d.cfg.Board.Raise(d.ackSubject(), &diskError{fmt.Errorf("note what the queue has delivered: %w; after a restart it is delivered again", err)})
	} else {
		d.cfg.Board.Clear(d.ackSubject())
	}
	if s := d.cfg.Queue.Stats(); !s.Blocked && s.Bytes < s.Bound/2 {
		d.cfg.Board.Clear(d.fullSubject())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stats.Batches += uint64(len(d.writing))
	d.writing, d.taken = d.writing[:0], 0
}

// syncing runs the queue's syncer for as long as Run; what it returns ends that, and the queue.
func (d *Deliverer) syncing(ctx context.Context) (end func()) {
	told := func(err error) {
		if err == nil {
			d.cfg.Board.Clear(d.syncSubject())
			return
		}
		d.cfg.Board.Raise(d.syncSubject(), &diskError{fmt.Errorf("sync the queue: %w; positions stay where they are until it succeeds", err)})
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- d.cfg.Queue.Run(ctx, told) }()
	return func() {
		stop()
		if err := <-ended; err != nil {
			told(err)
		}
		if err := d.cfg.Queue.Close(); err != nil {
			d.cfg.Board.Tell(d.diskSubject(), fmt.Errorf("close the queue: %w", err))
		}
	}
}

func (d *Deliverer) diskSubject() string { return "queue " + d.cfg.Name }
func (d *Deliverer) fullSubject() string { return "queue " + d.cfg.Name + " is full" }
func (d *Deliverer) readSubject() string { return "queue " + d.cfg.Name + " cannot be read" }
func (d *Deliverer) syncSubject() string { return "queue " + d.cfg.Name + " cannot be synced" }
func (d *Deliverer) ackSubject() string {
	return "queue " + d.cfg.Name + " cannot note what is delivered"
}

// fullQueue is a queue at its bound.
type fullQueue struct {
	sink     string
	dropping bool
}

func (e *fullQueue) Error() string {
	if e.dropping {
		return "the queue of " + e.sink + " is full: the oldest records are dropped"
	}
	return "the queue of " + e.sink + " is full: nothing more is read until it has room"
}

// Hint is the next step.
func (e *fullQueue) Hint() string {
	return "mend the destination, or give the queue more room: size of its queue, or --queue-size"
}

// diskError is what the disk of a queue refuses.
type diskError struct{ err error }

func (e *diskError) Error() string { return e.err.Error() }
func (e *diskError) Unwrap() error { return e.err }

// Hint is the next step.
func (e *diskError) Hint() string {
	return "make room on the disk of the --state directory, or mend its permissions; it is tried again every second"
}
