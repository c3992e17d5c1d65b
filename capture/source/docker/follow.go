package docker

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
)

// follow reads one container's log over the API, in one goroutine and one connection.
type follow struct {
	s      *Source
	id     string
	cur    *cursor
	origin atomic.Pointer[record.Origin] // another one once the container is renamed
	again  bool                          // the container was started while this was ending; under the Source's lock

	to      source.Stream
	stream  *engine.Stream
	batch   *record.Batch
	lines   []seen       // of batch, not yet in cur
	known   map[seen]int // come again after a reopening; nil when no more can
	until   int64        // known lines are not later than this, in Unix ns
	joins   [3]joined    // by record.Stream
	opened  [3]uint64    // number of the first fragment of each of joins
	block   int          // bytes of the next batch
	trouble bool
}

// Sizes of batches, in bytes: classes of record.Pool.
const (
	leastBlock = 2 << 10
	mostBlock  = 256 << 10
)

// run reads until the container has stopped and its log is read, or is gone, or ctx is done.
func (f *follow) run(ctx context.Context, out source.Output) {
	f.to = out.Open("docker:" + f.id)
	defer func() { _ = f.to.Close(ctx) }() // only ctx ends it with an error
	defer f.s.well(f)
	wait := f.s.backoff()
	// The log was read to an end that the engine has set, and was opened when the
	// container had stopped: a stream that saw it stop may end before the last lines.
	clean, stopped := false, false
	for ctx.Err() == nil {
		c, err := f.s.opt.Engine.Inspect(ctx, f.id)
		if isNotFound(err) {
			f.s.finish(f, true)
			return
		}
		if err == nil && clean && stopped && !c.Running {
			if f.giveRest(ctx) == nil && f.s.finish(f, false) {
				return
			}
		}
		if err == nil {
			before := f.cur.newest
			stopped = !c.Running
			err = f.read(ctx, c)
			clean = err == nil
			if f.cur.newest != before {
				wait.Reset()
			}
			if !f.s.opt.Follow && clean {
				_ = f.giveRest(ctx)
				f.s.finish(f, false)
				return
			}
		}
		if ctx.Err() != nil {
			return
		}
		f.s.reopens.Add(1)
		if err != nil && !cut(err) {
			f.s.ill(f, err)
		}
		sleep(ctx, wait.NextBackOff())
	}
}

// cut says that a connection has ended, as it does when an engine or a proxy is restarted: that is no trouble yet.
func cut(err error) bool {
	var unreachable *engine.Unreachable
	var answered *engine.Answered
	var bad *badFrame
	return !errors.As(err, &unreachable) && !errors.As(err, &answered) && !errors.As(err, &bad)
}

func isNotFound(err error) bool {
	var a *engine.Answered
	return errors.As(err, &a) && a.Status == http.StatusNotFound
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// read opens the log where the cursor is, and reads to its end. nil says that the engine has ended it.
func (f *follow) read(ctx context.Context, c engine.Container) (err error) {
	o := engine.LogsOptions{Since: f.cur.since(), Tail: -1, Follow: f.s.opt.Follow}
	f.known = nil
	if f.cur.newest == 0 {
		o.Tail = f.cur.tail
	} else {
		f.known, f.until = f.cur.known(), f.cur.newest+window
	}
	if f.stream, err = f.s.opt.Engine.Logs(ctx, f.id, o); err != nil {
		return err
	}
	defer f.stream.Close()
	defer func() {
		// What was read in full goes out, whatever ended the stream.
		if e := f.flush(ctx); err == nil || e != nil {
			err = e
		}
		if f.batch != nil {
			f.batch.Release()
			f.batch = nil
		}
	}()
	f.s.well(f)
	if c.TTY {
		return f.readRaw(ctx)
	}
	return f.readFrames(ctx)
}

// readFrames reads the log of a container without a TTY.
func (f *follow) readFrames(ctx context.Context) error {
	r := frames{r: f.stream}
	for {
		if err := f.idle(ctx); err != nil {
			return err
		}
		stream, n, err := r.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		at, err := f.room(ctx, n)
		if err != nil {
			return err
		}
		b := f.batch
		if _, err := io.ReadFull(f.stream, b.Buf[at:at+n]); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		b.Buf = b.Buf[:at+n]
		if err := f.message(stream, at); err != nil {
			return err
		}
	}
}

// room makes room for n bytes at the end of the batch, which may have to be sent for it.
func (f *follow) room(ctx context.Context, n int) (at int, err error) {
	if f.batch != nil && len(f.batch.Buf)+n > cap(f.batch.Buf) {
		f.block = min(8*f.block, mostBlock)
		if err := f.flush(ctx); err != nil {
			return 0, err
		}
	}
	if f.batch == nil || cap(f.batch.Buf)-len(f.batch.Buf) < n {
		if f.batch != nil {
			f.batch.Release() // empty, and too small
		}
		f.batch = f.s.out.Pool().Get(f.origin.Load(), max(f.block, n))
	}
	return len(f.batch.Buf), nil
}

// idle sends what there is before a Read that would wait, and looks after a stream that is silent for long.
func (f *follow) idle(ctx context.Context) error {
	if !f.stream.Idle() {
		return nil
	}
	if f.batch != nil {
		if len(f.batch.Buf) < f.block/8 {
			f.block = max(f.block/8, leastBlock)
		}
		if err := f.flush(ctx); err != nil {
			return err
		}
	}
	for wait := f.s.opt.Stall; ; wait = min(2*wait, 8*f.s.opt.Stall) {
		has, err := f.stream.Wait(wait)
		if has || err != nil {
			return err
		}
		if err := f.probe(ctx); err != nil {
			return err
		}
	}
}

// errStalled is a stream that gives nothing although there is something.
var errStalled = errors.New("the stream has stalled: the log has lines that it does not give")

// probe asks for the last line alone, over another connection. Engines were
// seen to forget a follower when a log is rotated; they do not say so.
func (f *follow) probe(ctx context.Context) error {
	if !f.s.opt.Follow {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, f.s.opt.Stall)
	defer cancel()
	s, err := f.s.opt.Engine.Logs(ctx, f.id, engine.LogsOptions{Tail: 1})
	if err != nil {
		return nil // the stream itself will tell, if the engine is in trouble
	}
	defer s.Close()
	r := frames{r: s}
	for {
		_, n, err := r.next()
		if err != nil {
			return nil
		}
		text := make([]byte, n)
		if _, err := io.ReadFull(s, text); err != nil {
			return nil
		}
		if t, _, ok := stamp(text); ok && t > f.cur.newest && t > f.cur.begin {
			return errStalled
		}
	}
}

// giveRest sends lines whose end will not come, as they are.
func (f *follow) giveRest(ctx context.Context) error {
	for stream := range f.joins {
		if !f.joins[stream].open {
			continue
		}
		if _, err := f.room(ctx, 0); err != nil {
			return err
		}
		f.s.partial.Add(1)
		f.emitJoined(record.Stream(stream), record.Partial)
	}
	return f.flush(ctx)
}

// flush sends the batch.
func (f *follow) flush(ctx context.Context) error {
	if f.batch == nil || len(f.lines) == 0 && len(f.batch.Records) == 0 {
		return nil
	}
	open := none
	for stream := range f.joins {
		if f.joins[stream].open {
			open = min(open, f.opened[stream])
		}
	}
	b := f.batch
	b.Position = f.cur.add(f.lines, open)
	f.batch, f.lines = nil, f.lines[:0]
	n := uint64(len(b.Records))
	if err := f.to.Send(ctx, b); err != nil {
		return err
	}
	f.s.lines.Add(n)
	return nil
}

// newBackoff is the pauses between tries: short first, because most cuts are only that.
func newBackoff(first time.Duration) *backoff.ExponentialBackOff {
	b := &backoff.ExponentialBackOff{InitialInterval: first, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 10 * time.Second}
	b.Reset()
	return b
}
