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
	cancel context.CancelFunc            // ends this follow alone

	to      source.Stream
	stream  *engine.Stream
	tty     bool
	batch   *record.Batch
	lines   *assembly
	repeats repeats
	back    time.Duration // by how much the engine's clock had been set back when the stream was opened
	block   int           // bytes of the next batch
	trouble bool
	stuck   uint64 // lines.taken and one, when the stream was found to have stalled; 0: it was not since it gave something
}

// Sizes of batches, in bytes: classes of record.Pool.
const (
	leastBlock = 2 << 10
	mostBlock  = 256 << 10
)

// run reads until the container has stopped and its log is read, or is gone, or ctx is done.
func (f *follow) run(ctx context.Context, out source.Output) {
	defer f.s.well(f)
	for {
		f.to = out.Open(f.origin.Load().Key)
		gone := f.follow(ctx)
		_ = f.to.Close(ctx) // only ctx ends it with an error
		// After Close: who follows next opens the same key.
		if f.s.finish(f, gone, ctx.Err() != nil) {
			return
		}
	}
}

// follow reads until the log has ended. gone says that the container is no more.
func (f *follow) follow(ctx context.Context) (gone bool) {
	wait := f.s.backoff()
	// The log was read to an end that the engine has set, and was opened when the
	// container had stopped: a stream that saw it stop may end before the last lines.
	clean, stopped := false, false
	for ctx.Err() == nil {
		c, err := f.s.opt.Engine.Inspect(ctx, f.id)
		if isNotFound(err) {
			_ = f.giveRest(ctx) // only ctx ends it with an error
			return true
		}
		if err == nil && clean && stopped && !c.Running {
			_ = f.giveRest(ctx)
			return false
		}
		if err == nil {
			before := f.cur.latest()
			stopped = !c.Running
			f.s.warnOfRotation(c)
			err = f.read(ctx, c)
			clean = err == nil
			if f.cur.latest() != before || errors.Is(err, errRepeated) {
				wait.Reset()
			}
			if !f.s.opt.Follow && clean {
				_ = f.giveRest(ctx)
				return false
			}
		}
		if ctx.Err() != nil {
			return false
		}
		f.s.reopens.Add(1)
		if errors.Is(err, errStalled) {
			f.stuck = f.lines.taken + 1
		}
		if err != nil && (!cut(err) || f.stuck > 0) {
			f.s.ill(f, err)
		}
		sleep(ctx, wait.NextBackOff())
	}
	return false
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
	now, back := f.s.opt.Engine.Clock()
	since, known := f.cur.resume(now, back)
	f.back = back
	f.lines.resume(known)
	if d := f.repeats.settled; d.time > 0 {
		since = min(since, d.time) // it has to come again, if it was none
	}
	// A follower of a container that has just stopped was seen to be forgotten by the engine.
	o := engine.LogsOptions{Since: since, Tail: -1, Follow: f.s.opt.Follow && c.Running}
	if lines, yes := f.cur.unstarted(); yes {
		o.Tail = lines
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
	if f.stuck == 0 {
		f.s.well(f)
	}
	if f.tty = c.TTY; f.tty {
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

// flush sends the batch.
func (f *follow) flush(ctx context.Context) error {
	if f.batch == nil || f.lines.taken == f.lines.told && len(f.batch.Records) == 0 {
		return nil
	}
	b := f.batch
	f.batch = nil
	b.Position = f.lines.position()
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
