package deliver

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// maxAsked is the longest wait that a destination may ask for.
const maxAsked = 5 * time.Minute

// deliver writes batches until the sink has taken them, or has refused records
// of them for good, which are dropped. An error says that ctx is done or that the sink is gone.
func (d *Deliverer) deliver(ctx context.Context, batches []*record.Batch) error {
	wait := &backoff.ExponentialBackOff{InitialInterval: d.cfg.RetryFirst, RandomizationFactor: 0.3, Multiplier: 2, MaxInterval: d.cfg.RetryMost}
	wait.Reset()
	for {
		var refused refusals
		if err := d.attempt(ctx, batches, wait, &refused); err != nil {
			return err
		}
		if len(refused.records) == 0 {
			d.cfg.Board.Clear(d.refusedSubject())
			return nil
		}
		if d.proven {
			d.giveUp(&refused)
			return nil
		}
		// It has never taken anything: that is an address that is wrong, not records that are.
		if err := d.pause(ctx, wait, refused.why); err != nil {
			return err
		}
	}
}

// attempt writes batches, waiting for as long as the sink is unavailable.
// Records that it refuses are added to refused.
func (d *Deliverer) attempt(ctx context.Context, batches []*record.Batch, wait *backoff.ExponentialBackOff, refused *refusals) error {
	for len(batches) > 0 {
		writes := d.tenure(ctx, false)
		if writes.Err() != nil && ctx.Err() == nil {
			if d.expired() {
				return errRemoved
			}
			d.settle(ctx)
			wait.Reset()
			continue
		}
		part := batches
		if d.breaker.open() {
			part = batches[:1] // a probe
		}
		err := d.write(writes, part)
		var rejected *sink.Rejected
		var gone *sink.Gone
		switch {
		case err == nil:
			d.delivered(part)
			wait.Reset()
			batches = batches[len(part):]
			continue
		case ctx.Err() != nil:
			return ctx.Err()
		case writes.Err() != nil:
			continue // it was told to end, for another sink
		case errors.As(err, &gone):
			return err
		case errors.As(err, &rejected):
			d.answered()
			d.proven = d.proven || rejected.Records
			if err := d.divide(ctx, part, rejected, wait, refused); err != nil {
				return err
			}
			batches = batches[len(part):]
			continue
		}
		if err := d.pause(ctx, wait, err); err != nil {
			return err
		}
	}
	return nil
}

// write is one Write, whose beginning Stats tells while it lasts.
func (d *Deliverer) write(ctx context.Context, batches []*record.Batch) error {
	d.began(time.Now())
	defer d.began(time.Time{})
	return d.cfg.Sink.Write(ctx, batches)
}

func (d *Deliverer) began(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stats.WritingFrom = t
}

// pause waits before the next try, for as long as the destination asked at least.
func (d *Deliverer) pause(ctx context.Context, wait *backoff.ExponentialBackOff, why error) error {
	d.failed(why)
	pause := wait.NextBackOff()
	var unavailable *sink.Unavailable
	if errors.As(why, &unavailable) {
		pause = max(pause, min(unavailable.After, maxAsked))
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-d.tenure(ctx, false).Done():
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
