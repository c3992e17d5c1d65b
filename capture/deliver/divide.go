package deliver

import (
	"context"

	"github.com/cenkalti/backoff/v5"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// refusals are single records that the sink refused in one attempt.
type refusals struct {
	records []refusal
	why     error // of the last one
}

type refusal struct {
	batch  *record.Batch // holds this record alone
	reason string
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
		refused.records = append(refused.records, refusal{batches[0], why.Reason})
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

// giveUp drops what was refused, and counts it.
func (d *Deliverer) giveUp(refused *refusals) {
	for _, r := range refused.records {
		if d.cfg.Dropped != nil {
			d.cfg.Dropped(r.reason, r.batch, 0)
		}
		d.mu.Lock()
		d.drop(r.reason, 1)
		d.mu.Unlock()
	}
	d.cfg.Board.Raise(d.refusedSubject(), refused.why)
}

func (d *Deliverer) refusedSubject() string { return "records refused by " + d.cfg.Name }
