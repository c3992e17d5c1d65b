package deliver

import (
	"context"
	"sync"
	"time"

	"github.com/logcap/logcap/capture/deadletter"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/queue"
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
const (
	ReasonQueueFull = "queue-full"
	ReasonDamaged   = "damaged" // the disk of the queue does not give them back
)

// Config is one sink and how it is delivered to.
type Config struct {
	Name       string // in metrics and notices: "http", "file"
	Sink       sink.Sink
	QueueBytes int64         // memory of the batches queued and being written; 0: 8 MiB
	Full       Policy        // the zero value blocks
	Queue      *queue.Queue  // on disk, in place of the one in memory, with a bound and a policy of its own; Run closes it. nil: memory
	RetryFirst time.Duration // the first wait after an error; 0: 500 ms
	RetryMost  time.Duration // the longest; 0: 30 s
	BreakAfter int           // failures in a row after which the sink is only probed; 0: 5
	Board      *notice.Board // nil: nobody is told

	Letters *deadletter.Box // keeps what the sink refuses for good; nil: it is dropped

	// Dropped is told of each record that the sink refuses for good and that no letter keeps, before its
	// memory is reused; nil: nobody is told. The text is b.Message(i).
	Dropped func(reason string, b *record.Batch, i int)
}

// Deliverer takes batches to one sink, in their order.
type Deliverer struct {
	cfg     Config
	breaker breaker // only Run's
	limits  sink.Limits
	news    chan struct{} // holds a token when the queue changed
	end     chan struct{} // closed when Run has ended

	mu      sync.Mutex
	queue   []*record.Batch
	waiting []*waiter
	stores  map[*store]struct{} // those that put into the queue on disk
	bytes   int64               // of queue and writing
	closed  bool
	gone    bool
	busy    bool // what is in writing is on its way, and nothing is added to it
	stats   Stats

	writing []*record.Batch // only Run's
	taken   int             // bytes of text in writing
	proven  bool            // only Run's: the sink has taken something once, or has shown that it reads records

	// Of a queue on disk, only Run's: how far it is read, and what was read and is not in writing.
	written, aheadEnd uint64
	ahead             *record.Batch

	// See replace.go.
	pending   *replacement
	writes    context.Context // of Writes to the present sink; done when it is to be another
	interrupt context.CancelCauseFunc
	retired   bool
	over      bool        // its time is
	expiry    *time.Timer // of a retired sink
}

// New makes a Deliverer; its Run delivers.
func New(cfg Config) *Deliverer {
	cfg = withDefaults(cfg)
	d := &Deliverer{
		cfg: cfg, breaker: breaker{after: cfg.BreakAfter}, limits: cfg.Sink.Limits(), news: make(chan struct{}, 1), end: make(chan struct{}),
		interrupt: func(error) {}, // until Run has begun
	}
	if cfg.Queue != nil {
		n := cfg.Queue.Stats().Waiting
		d.stats.Read, d.stats.Queued = n, n
	}
	return d
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
	if cfg.BreakAfter == 0 {
		cfg.BreakAfter = breakAfter
	}
	return cfg
}

// Run delivers until Close was called and the queue is empty, or until ctx is
// done: what is left then stays queued and unacknowledged. The only error
// is that of a sink that is gone for good. It is called once.
func (d *Deliverer) Run(ctx context.Context) error {
	defer close(d.end)
	defer d.forget()
	if d.cfg.Queue != nil {
		defer d.syncing(ctx)()
	}
	d.tenure(ctx, true)
	defer func() { d.interrupt(nil) }()
	for {
		more, err := d.next(ctx)
		if err == nil && more {
			d.begin()
			if err = d.deliver(ctx, d.writing); err == nil {
				d.finish() // also when a removed sink has had its time meanwhile: it has taken this
			}
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
	}
}

// next fills d.writing; false says that there is nothing more to come. When somebody
// waits for room it takes no more time: many small batches fill the queue long before their text fills a Write.
func (d *Deliverer) next(ctx context.Context) (bool, error) {
	if d.cfg.Queue != nil {
		return d.nextStored(ctx)
	}
	var linger *time.Timer
	var late <-chan time.Time
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

// begin says that what is in writing is about to be written.
func (d *Deliverer) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy = true
	d.admit()
}

// finish acknowledges what was written and makes room.
func (d *Deliverer) finish() {
	if d.cfg.Queue != nil {
		d.finishStored()
		return
	}
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
	d.busy = false
	d.admit()
}
