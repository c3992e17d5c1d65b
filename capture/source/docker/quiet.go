package docker

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/capture/record"
)

// idle sends what there is before a Read that would wait, and looks after a stream that is silent for long.
func (f *follow) idle(ctx context.Context) error {
	if f.stuck > 0 && f.lines.taken+1 != f.stuck { // it gives something again
		f.stuck = 0
		f.s.well(f)
	}
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
	for wait := min(earlyProbe, f.s.opt.Stall); ; wait = min(2*wait, 8*f.s.opt.Stall) {
		has, err := f.stream.Wait(wait)
		if has || err != nil {
			return err
		}
		if wait < f.s.opt.Stall && !f.s.mayProbe() {
			continue
		}
		if err := f.giveOld(ctx); err != nil {
			return err
		}
		if err := f.probe(ctx); err != nil {
			return err
		}
	}
}

const (
	earlyProbe = 5 * time.Second        // a stream that has just given something and is silent is looked after so soon
	probeEvery = 250 * time.Millisecond // but no more often than this, over all containers
)

// mayProbe says that it is not too soon after the last early look. With a thousand containers
// that write now and then most are looked after when they have been silent for opt.Stall.
func (s *Source) mayProbe() bool {
	now, last := s.opt.Now().UnixNano(), s.probed.Load()
	return (now < last || now-last >= int64(probeEvery)) && s.probed.CompareAndSwap(last, now)
}

// giveOld sends lines whose end has not come for longer than a line is waited for.
func (f *follow) giveOld(ctx context.Context) error {
	if since, open := f.lines.open(); !open || f.s.opt.Now().Sub(since) < f.s.opt.Wait {
		return nil
	}
	return f.give(ctx, f.s.opt.Now().Add(-f.s.opt.Wait))
}

// giveRest sends lines whose end will not come, as they are.
func (f *follow) giveRest(ctx context.Context) error {
	if _, open := f.lines.open(); !open {
		return nil
	}
	return f.give(ctx, time.Time{})
}

// give sends the lines that have begun and not grown since a moment, as they are; all of them when it is zero.
func (f *follow) give(ctx context.Context, before time.Time) error {
	if _, err := f.room(ctx, 0); err != nil {
		return err
	}
	f.lines.emitRest(f.batch, before)
	return f.flush(ctx)
}

// errStalled is a stream that gives nothing although there is something.
var errStalled = errors.New("the stream has stalled: the log has lines that it does not give")

// errOver is a stream that goes on although its container has stopped.
var errOver = errors.New("the stream did not end with its container")

// errClock is a stream whose engine leaves out what is earlier than the moment
// that was asked for, and whose clock has been set back since.
var errClock = errors.New("the engine's clock was set back")

// probe asks whether there is anything that a silent stream should have given, over other
// connections. Engines were seen to forget a follower when a log is rotated; they do not say so.
func (f *follow) probe(ctx context.Context) error {
	if !f.s.opt.Follow {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, f.s.opt.Stall)
	defer cancel()
	c, err := f.s.opt.Engine.Inspect(ctx, f.id)
	if err != nil && !isNotFound(err) {
		return nil // the stream itself will tell, if the engine is in trouble
	}
	if err != nil || !c.Running {
		return errOver
	}
	if _, back := f.s.opt.Engine.Clock(); back != f.back {
		return errClock
	}
	s, err := f.s.opt.Engine.Logs(ctx, f.id, engine.LogsOptions{Tail: 1})
	if err != nil {
		return nil
	}
	defer s.Close()
	if f.tty {
		head := make([]byte, longestStamp)
		n, _ := io.ReadFull(s, head) // what is there is enough
		return f.unread(record.Stdout, head[:n])
	}
	r := frames{r: s}
	for {
		stream, n, err := r.next()
		if err != nil {
			return nil
		}
		text := make([]byte, n)
		if _, err := io.ReadFull(s, text); err != nil {
			return nil
		}
		if err := f.unread(stream, text); err != nil {
			return err
		}
	}
}

// unread is errStalled when the line is later than all that were read of its stream.
func (f *follow) unread(stream record.Stream, line []byte) error {
	if t, _, ok := stamp(line); ok && t > f.lines.read.of[index(stream)].Time && t >= f.cur.since() {
		return errStalled
	}
	return nil
}
