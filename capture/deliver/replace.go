package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// ReasonSinkRemoved is why records are dropped that a sink had not taken when it was removed from the configuration.
const ReasonSinkRemoved = "sink-removed"

// errRemoved is why writing to a removed sink ends.
var errRemoved = errors.New("the sink was removed")

// replacement is what is to take the place of the sink that is written to.
type replacement struct {
	cfg   Config
	make  func() (sink.Sink, error)
	again func() (sink.Sink, error)
	done  chan error // has room for the one answer
}

// Replace puts another sink in the place of the one that is written to, between
// two Writes: a Write that is being made is told to end, and made again of the
// other sink. The queue stays, with all that is in it. The old sink is closed
// before make is called, because two of one file would lock each
// other out; when make fails the error is its, and again makes the old one anew.
// Of cfg the bound, the policy and the retries are taken over, and of a queue on
// disk nothing: that one stays as it was opened. When the
// sink does not let go of its Write until ctx is done, nothing is changed.
func (d *Deliverer) Replace(ctx context.Context, cfg Config, make, again func() (sink.Sink, error)) error {
	r := &replacement{withDefaults(cfg), make, again, newAnswer()}
	d.mu.Lock()
	if d.closed || d.gone {
		d.mu.Unlock()
		return ErrClosed
	}
	d.pending = r
	d.interrupt(nil)
	d.wake()
	d.mu.Unlock()
	select {
	case err := <-r.done:
		return err
	case <-d.end:
		select {
		case err := <-r.done:
			return err
		default:
			return ErrClosed
		}
	case <-ctx.Done():
	}
	d.mu.Lock()
	mine := d.pending == r
	if mine {
		d.pending = nil
	}
	d.mu.Unlock()
	if mine {
		return fmt.Errorf("replace sink %s: it does not end its write", d.cfg.Name)
	}
	return <-r.done
}

func newAnswer() chan error { return make(chan error, 1) }

// tenure is the ctx of Writes to the present sink. Only Run's goroutine calls it.
func (d *Deliverer) tenure(ctx context.Context, begin bool) context.Context {
	d.mu.Lock()
	defer d.mu.Unlock()
	if begin || d.writes == nil {
		d.writes, d.interrupt = context.WithCancelCause(ctx)
		if d.pending != nil || d.overdue { // it came when there was nothing to interrupt
			d.interrupt(nil)
		}
	}
	return d.writes
}

// settle puts the sink in place that is to be written to now.
func (d *Deliverer) settle(ctx context.Context) {
	d.mu.Lock()
	r := d.pending
	d.pending = nil
	d.mu.Unlock()
	d.tenure(ctx, true)
	if r == nil {
		return
	}
	if err := d.cfg.Sink.Close(); err != nil {
		d.cfg.Board.Tell("sink "+d.cfg.Name, fmt.Errorf("close sink %s: %w", d.cfg.Name, err))
	}
	to, err := r.make()
	if err != nil {
		d.mu.Lock()
		d.cfg.Sink = &unmade{make: r.again, limits: d.limits}
		d.mu.Unlock()
		r.done <- err
		return
	}
	d.proven, d.breaker = false, breaker{after: r.cfg.BreakAfter} // another address may be wrong
	d.limits = to.Limits()
	d.mu.Lock()
	d.cfg.Sink = to
	d.cfg.QueueBytes, d.cfg.Full, d.cfg.RetryFirst, d.cfg.RetryMost = r.cfg.QueueBytes, r.cfg.Full, r.cfg.RetryFirst, r.cfg.RetryMost
	d.cfg.BreakAfter = r.cfg.BreakAfter
	d.stats.Failing, d.stats.BreakerOpen = false, false
	d.admit()
	d.mu.Unlock()
	d.cfg.Board.Clear("sink " + d.cfg.Name)
	d.cfg.Board.Clear(d.refusedSubject())
	r.done <- nil
}

// Retire says that the sink is no part of the configuration any more. Whoever
// waits for room is let in, so that no source stands still for it. What is
// queued is delivered for so long; what is left then is dropped and counted,
// and so is what comes later. What is left in a queue on disk stays there for
// a sink of the same name. Run ends, without an error.
func (d *Deliverer) Retire(within time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.retired, d.closed = true, true
	if d.cfg.Queue != nil {
		d.cfg.Queue.Hurry()
	}
	d.admit()
	d.wake()
	d.expiry = time.AfterFunc(within, d.Expire)
}

// expired says that a retired sink has had its time.
func (d *Deliverer) expired() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.retired && d.overdue
}

// abandon drops what a retired sink has not taken. It is the end of Run.
func (d *Deliverer) abandon() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.expiry.Stop()
	d.gone = true
	if n := d.stats.Queued; n > 0 {
		d.cfg.Board.Tell("sink "+d.cfg.Name, &leftBehind{d.cfg.Name, n, d.cfg.Queue != nil})
	}
	if d.cfg.Queue != nil {
		for _, b := range d.writing {
			b.Release()
		}
		if d.ahead != nil {
			d.ahead.Release()
		}
	} else {
		if n := d.stats.Queued; n > 0 {
			d.drop(ReasonSinkRemoved, n)
		}
		for _, b := range slices.Concat(d.writing, d.queue) {
			b.Done()
		}
	}
	d.writing, d.ahead, d.queue, d.bytes = nil, nil, nil, 0
}

// forget takes the problems of a removed sink away: they are nobody's any more.
func (d *Deliverer) forget() {
	if !d.Retired() {
		return
	}
	for _, subject := range []string{
		"sink " + d.cfg.Name, d.refusedSubject(), d.fullSubject(), d.diskSubject(), d.readSubject(), d.syncSubject(), d.ackSubject(),
	} {
		d.cfg.Board.Forget(subject)
	}
}

// leftBehind is what a removed sink has not taken.
type leftBehind struct {
	sink    string
	records uint64
	disk    bool
}

func (e *leftBehind) Error() string {
	if e.disk {
		return fmt.Sprintf("the sink %s was removed and has not taken all: %d records stay in its queue", e.sink, e.records)
	}
	return fmt.Sprintf("the sink %s was removed and has not taken all: %d records are dropped", e.sink, e.records)
}

// Hint is the next step.
func (e *leftBehind) Hint() string {
	if e.disk {
		return "a sink of that name with a queue on disk delivers them"
	}
	return ""
}

// late takes a batch for a sink that is retired: a source had chosen it just before. Called under the lock.
func (d *Deliverer) late(b *record.Batch) {
	if !d.gone && d.cfg.Queue == nil {
		d.push(b)
		return
	}
	d.stats.Read += uint64(len(b.Records))
	d.stats.Queued += uint64(len(b.Records))
	d.drop(ReasonSinkRemoved, uint64(len(b.Records)))
	b.Done()
}

// Config is how is delivered now.
func (d *Deliverer) Config() Config {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.cfg
}

// Expire ends the time that Retire gave.
func (d *Deliverer) Expire() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.overdue = true
	d.interrupt(nil)
}

// Ended is closed when Run has returned, and with it the queue on disk.
func (d *Deliverer) Ended() <-chan struct{} { return d.end }

// CloseSink ends the sink that is written to now. Call it when Run has returned.
func (d *Deliverer) CloseSink() error { return d.cfg.Sink.Close() }

// Discard ends the sink and the queue of a Deliverer that has never run. Nothing is lost: the queue is on disk.
func (d *Deliverer) Discard() error {
	err := d.cfg.Sink.Close()
	if d.cfg.Queue != nil {
		err = errors.Join(err, d.cfg.Queue.Close())
	}
	return err
}

// unmade is a sink that was closed for another one, which could not be made. It is opened again when it is needed.
type unmade struct {
	make   func() (sink.Sink, error)
	limits sink.Limits
	to     sink.Sink
}

func (u *unmade) Write(ctx context.Context, batches []*record.Batch) error {
	if u.to == nil {
		to, err := u.make()
		if err != nil {
			return err
		}
		u.to = to
	}
	return u.to.Write(ctx, batches)
}

func (u *unmade) Limits() sink.Limits { return u.limits }

func (u *unmade) Close() error {
	if u.to == nil {
		return nil
	}
	return u.to.Close()
}

// Retired says that Retire was called.
func (d *Deliverer) Retired() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.retired
}
