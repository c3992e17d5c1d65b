package deliver

import (
	"context"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// divide finds what a sink refuses: it writes the batches in halves, then the
// records of one batch in halves, until a single record is left, which is
// dropped and counted. Everything else is delivered, in its order.
func (d *Deliverer) divide(ctx context.Context, batches []*record.Batch, refused *sink.Rejected) error {
	if len(batches) > 1 {
		half := len(batches) / 2
		if err := d.deliver(ctx, batches[:half]); err != nil {
			return err
		}
		return d.deliver(ctx, batches[half:])
	}
	b := batches[0]
	if n := len(b.Records); n > 1 {
		for _, part := range [][]record.Record{b.Records[:n/2], b.Records[n/2:]} {
			// A view of b: its records and bytes, but no memory and no ack of its own.
			view := &record.Batch{Origin: b.Origin, Buf: b.Buf, Records: part, Fields: b.Fields}
			if err := d.deliver(ctx, []*record.Batch{view}); err != nil {
				return err
			}
		}
		return nil
	}
	d.cfg.Board.Raise("records refused by "+d.cfg.Name, refused)
	if d.cfg.Dropped != nil {
		d.cfg.Dropped(refused.Reason, b, 0)
	}
	d.mu.Lock()
	d.drop(refused.Reason, len(b.Records))
	d.mu.Unlock()
	return nil
}
