package deliver

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/logcap/logcap/capture/deadletter"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// refusals are single records that the sink refused in one attempt.
type refusals struct {
	records []refusal
	why     error // of the last one
}

type refusal struct {
	batch *record.Batch // holds this record alone
	why   *sink.Rejected
}

// mostUnproven is how many records a sink that has never taken anything may
// refuse before the attempt is over: to go on would ask it once for each
// record, and then again at the next try.
const mostUnproven = 8

// divide finds what a sink refuses: it writes the batches in halves, then the
// records of one batch in halves, until a single record is left. Everything
// else is delivered, in its order.
func (d *Deliverer) divide(ctx context.Context, batches []*record.Batch, why *sink.Rejected, wait *backoff.ExponentialBackOff, refused *refusals) error {
	for _, half := range halves(batches) {
		if !d.proven && len(refused.records) >= mostUnproven {
			return nil
		}
		if err := d.attempt(ctx, half, wait, refused); err != nil {
			return err
		}
	}
	if len(batches) == 1 && len(batches[0].Records) == 1 {
		refused.records = append(refused.records, refusal{batches[0], why})
		refused.why = why
	}
	return nil
}

// halves is nil when there is nothing to divide.
func halves(batches []*record.Batch) [][]*record.Batch {
	if n := len(batches); n > 1 {
		return [][]*record.Batch{batches[:n/2], batches[n/2:]}
	}
	b := batches[0]
	n := len(b.Records)
	if n <= 1 {
		return nil
	}
	// Views of b: its records and bytes, but no memory and no ack of their own.
	view := func(part []record.Record) []*record.Batch {
		return []*record.Batch{{Origin: b.Origin, Buf: b.Buf, Records: part, Fields: b.Fields}}
	}
	return [][]*record.Batch{view(b.Records[:n/2]), view(b.Records[n/2:])}
}

// giveUp makes dead letters of what was refused or, where there are none or they cannot be kept, drops it. Both are counted.
func (d *Deliverer) giveUp(refused *refusals) {
	kept := d.keep(refused)
	for _, r := range refused.records {
		if !kept && d.cfg.Dropped != nil {
			d.cfg.Dropped(r.why.Reason, r.batch, 0)
		}
		d.mu.Lock()
		if kept {
			d.letter(r.why.Reason)
		} else {
			d.drop(r.why.Reason, 1)
		}
		d.mu.Unlock()
	}
	d.cfg.Board.Raise(d.refusedSubject(), refused.why)
}

// keep writes dead letters, and says whether they are there.
func (d *Deliverer) keep(refused *refusals) bool {
	if d.cfg.Letters == nil {
		return false
	}
	now := time.Now()
	letters := make([]deadletter.Letter, 0, len(refused.records))
	for _, r := range refused.records {
		letters = append(letters, deadletter.Of(d.cfg.Name, r.why.Reason, r.why.Err, now, r.batch, 0))
	}
	if err := d.cfg.Letters.Put(letters); err != nil {
		d.cfg.Board.Raise("dead letters", err)
		return false
	}
	d.cfg.Board.Clear("dead letters")
	return true
}

// letter counts a record that became a dead letter.
func (d *Deliverer) letter(reason string) {
	if d.stats.DeadLettered == nil {
		d.stats.DeadLettered = map[string]uint64{}
	}
	d.stats.DeadLettered[reason]++
	d.stats.Queued--
}

func (d *Deliverer) refusedSubject() string { return "records refused by " + d.cfg.Name }
