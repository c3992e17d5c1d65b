package deliver

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// Policy is what happens when a sink's queue is full.
type Policy uint8

// What may happen then.
const (
	Block      Policy = iota // the source waits
	DropOldest               // the oldest queued records go, counted
)

// Reasons for which records are dropped; a sink's own Rejected.Reason is one as well.
const ReasonQueueFull = "queue-full"

// Config is one sink and how it is delivered to.
type Config struct {
	Name       string // in metrics and notices: "http", "file"
	Sink       sink.Sink
	QueueBytes int64         // memory of the batches queued and being written; 0: 8 MiB
	Full       Policy        // the zero value blocks
	RetryFirst time.Duration // the first wait after an error; 0: 500 ms
	RetryMost  time.Duration // the longest; 0: 30 s
	Board      *notice.Board // nil: nobody is told

	// Dropped is told of each record that the sink refuses for good, before its
	// memory is reused; nil: nobody is told. The text is b.Message(i).
	Dropped func(reason string, b *record.Batch, i int)
}

// maxAsked is the longest wait that a destination may ask for.
const maxAsked = 5 * time.Minute

// Stats is what became of the records of one sink. At every moment
// Read = Delivered + the sum of Dropped + Queued.
type Stats struct {
	Read        uint64
	Delivered   uint64
	Dropped     map[string]uint64 // by reason
	Queued      uint64            // waiting or being written
	QueuedBytes int64             // memory that they hold
	Batches     uint64            // delivered
	Retries     uint64            // writes that failed and are tried again
	LastSuccess time.Time         // zero: none yet
	Failing     bool              // the last write failed
}

// Deliverer takes batches to one sink, in their order.
type Deliverer struct {
	cfg    Config
	limits sink.Limits
	news   chan struct{} // holds a token when the queue changed
	end    chan struct{} // closed when Run has ended

	mu      sync.Mutex
	queue   []*record.Batch
	waiting []*waiter
	bytes   int64 // of queue and writing
	closed  bool
	gone    bool
	stats   Stats

	writing []*record.Batch // only Run's
	taken   int             // bytes of text in writing
	proven  bool            // only Run's: the sink has taken something once

	// See replace.go.
	pending   *replacement
	writes    context.Context // of Writes to the present sink; done when it is to be another
	interrupt context.CancelCauseFunc
	retired   bool
	expiry    *time.Timer // of a retired sink
}

// New makes a Deliverer; its Run delivers.
func New(cfg Config) *Deliverer {
	cfg = withDefaults(cfg)
	return &Deliverer{
		cfg: cfg, limits: cfg.Sink.Limits(), news: make(chan struct{}, 1), end: make(chan struct{}),
		interrupt: func(error) {}, // until Run has begun
	}
}

func withDefaults(cfg Config) Config {
	if cfg.QueueBytes == 0 {
		cfg.QueueBytes = 8 << 20
	}
	if cfg.RetryFirst == 0 {
		cfg.RetryFirst = 500 * time.Millisecond
	}
	if cfg.RetryMost == 0 {
		cfg.RetryMost = 30 * time.Second
	}
	return cfg
}

// Run delivers until Close was called and the queue is empty, or until ctx is
// done: what is left then stays queued and unacknowledged. The only error
// is that of a sink that is gone for good. It is called once.
func (d *Deliverer) Run(ctx context.Context) error {
	defer close(d.end)
	d.tenure(ctx, true)
	defer func() { d.interrupt(nil) }()
	for {
		more, err := d.next(ctx)
		if err == nil && more {
			err = d.deliver(ctx, d.writing)
		}
		switch {
		case ctx.Err() == nil && (d.expired() || !more && d.Retired()):
			d.abandon()
			return nil
		case !more:
			return nil // ctx is done, or everything is delivered
		}
		if err != nil {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.gone = true
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		d.finish()
	}
}

// next fills d.writing; false says that there is nothing more to come. When somebody
// waits for room it takes no more time: many small batches fill the queue long before their text fills a Write.
func (d *Deliverer) next(ctx context.Context) (bool, error) {
	var linger *time.Timer
	var late <-chan time.Time
	for {
		writes := d.tenure(ctx, false)
		if writes.Err() != nil {
			if d.expired() {
				return true, errRemoved
			}
			d.settle(ctx)
			continue
		}
		d.mu.Lock()
		full := d.take(d.limits.Bytes) || len(d.waiting) > 0
		closed, any := d.closed, len(d.writing) > 0
		d.mu.Unlock()
		if any && (full || closed || d.limits.Linger == 0) || closed && !any {
			return any, nil
		}
		if any && linger == nil {
			linger = time.NewTimer(d.limits.Linger)
			defer linger.Stop()
			late = linger.C
		}
		select {
		case <-d.news:
		case <-late:
			return true, nil
		case <-writes.Done():
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// finish acknowledges what was written and makes room.
func (d *Deliverer) finish() {
	var bytes int64
	for i, b := range d.writing {
		bytes += b.Size() // before Done: the memory is another batch's afterwards
		b.Done()
		d.writing[i] = nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stats.Batches += uint64(len(d.writing))
	d.writing, d.taken = d.writing[:0], 0
	d.bytes -= bytes
	d.admit()
}

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
	for {
		writes := d.tenure(ctx, false)
		if writes.Err() != nil && ctx.Err() == nil {
			if d.expired() {
				return errRemoved
			}
			d.settle(ctx)
			wait.Reset()
			continue
		}
		err := d.cfg.Sink.Write(writes, batches)
		var rejected *sink.Rejected
		var gone *sink.Gone
		switch {
		case err == nil:
			d.delivered(batches)
			wait.Reset()
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case writes.Err() != nil:
			continue // it was told to end, for another sink
		case errors.As(err, &gone):
			return err
		case errors.As(err, &rejected):
			return d.divide(ctx, batches, rejected, wait, refused)
		}
		if err := d.pause(ctx, wait, err); err != nil {
			return err
		}
	}
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

func (d *Deliverer) delivered(batches []*record.Batch) {
	n := uint64(0)
	for _, b := range batches {
		n += uint64(len(b.Records))
	}
	d.proven = true
	d.mu.Lock()
	d.stats.Delivered += n
	d.stats.Queued -= n
	d.stats.LastSuccess, d.stats.Failing = time.Now(), false
	d.mu.Unlock()
	d.cfg.Board.Clear("sink " + d.cfg.Name)
}

func (d *Deliverer) failed(err error) {
	d.mu.Lock()
	d.stats.Retries++
	d.stats.Failing = true
	d.mu.Unlock()
	d.cfg.Board.Raise("sink "+d.cfg.Name, err)
}

// Stats is one consistent look; from any goroutine.
func (d *Deliverer) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.stats
	s.Dropped = maps.Clone(s.Dropped)
	s.QueuedBytes = d.bytes
	return s
}
