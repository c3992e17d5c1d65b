package file

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/tail"
)

// log is one that a Follower follows.
type log struct {
	spec  Spec
	tail  *tail.Log
	to    source.Stream
	paths []string // whose events concern it
	dirs  []string // that are watched for it

	carry    []byte    // the beginning of a line whose end is not there yet
	grown    time.Time // when something came last while a line waited for its rest
	block    int       // bytes to read at once
	fresh    bool      // nothing of it has been read: Refuse has to be asked
	placed   bool      // where reading began is on its way to the checkpoint
	ready    bool      // is among the Follower's ready ones
	gone     bool      // is not followed any more
	told     bool      // has a problem on the board
	lossTold time.Time // when it was told that something was given up
	calmAt   time.Time // is looked at without an event until then

	parked *parked       // not nil: tail is closed
	quiet  *list.Element // its place among those that hold descriptors
	held   int           // descriptors
	graced bool          // late lines have been looked for when there can be no more of them

	retired bool
	flush   bool      // Flush was called
	away    time.Time // since when nothing is at its path; zero: something is
	tally   Tally     // what the Follower's counters know of the decoder
	tstats  tail.Stats
	behind  int64
	look    look // of the rescans
}

// Blocks that are read at once, in bytes; they are size classes of record.Pool.
const (
	leastBlock = 2 << 10
	mostBlock  = 256 << 10
	growth     = 8 // from class to class
)

// read gives a log one turn: a block of it goes on. An error says that ctx is done.
//
// Where reading began is told first: a log that was quiet until a restart has
// to be known then, or it would be taken for one that appeared meanwhile.
func (f *Follower) read(ctx context.Context, l *log) (progress, error) {
	if !l.placed {
		l.placed = true
		if err := f.send(ctx, l, f.out.Pool().Get(l.spec.Origin, 0)); err != nil {
			return nothing, err
		}
	}
	now := f.opt.Tail.Now()
	if l.parked == nil {
		f.room() // it may go over to the next segment; it may be this one that is closed
	}
	if l.parked != nil {
		if open, err := f.unpark(ctx, l, now); !open {
			return nothing, err
		}
	}
	size := l.block
	for len(l.carry) > size/2 {
		size *= growth // a long line: there has to be room behind what is there
	}
	b := f.out.Pool().Get(l.spec.Origin, size)
	b.Buf = append(b.Buf[:0], l.carry...)
	putOff := f.listings.putOff
	n, err := l.tail.Read(b.Buf[len(l.carry):cap(b.Buf)])
	f.parking.holds(l, n > 0)
	if n > 0 || err != io.EOF {
		l.look.forget()
	}
	switch {
	case n > 0:
		room := cap(b.Buf) - len(l.carry)
		l.resize(n, room)
		b.Buf = b.Buf[:len(l.carry)+n]
		if len(l.carry) > 0 && l.tail.Stats().Gaps != l.tstats.Gaps {
			b.Buf = append(b.Buf[:0], b.Buf[len(l.carry):]...)
			if err := f.orphan(ctx, l, now); err != nil {
				b.Release()
				return nothing, err
			}
		}
		if f.opt.Once {
			l.grown = now
		}
		f.stats.bytes.Add(uint64(n))
		if err := l.refused(b.Buf); err != nil {
			b.Release()
			f.refuse(ctx, l, err)
			return some, nil
		}
		if err := f.pass(ctx, l, b, now, false); err != nil {
			return nothing, err
		}
		f.well(l)
		f.touch(l) // until there is nothing
		if n == room {
			return full, nil
		}
		return some, nil
	case errors.As(err, new(tail.SegmentEnd)):
		f.uneasyUntil(l, now.Add(calm))
		f.stats.reopens.Add(1)
		l.graced = false
		f.touch(l)
		return some, f.endSegment(ctx, l, b, now, err)
	}
	b.Release()
	if f.listings.putOff != putOff && err == io.EOF {
		l.look.forget()
		f.uneasyUntil(l, now.Add(calm)) // it could not find out what comes next
		return nothing, nil
	}
	return nothing, f.stuck(ctx, l, now, err)
}

// resize lets the block follow what a log gives.
func (l *log) resize(n, room int) {
	switch {
	case n == room:
		l.block = min(l.block*growth, mostBlock)
	case n < room/(2*growth):
		l.block = max(l.block/growth, leastBlock)
	}
}

// refused asks once whether the log is to be read at all.
func (l *log) refused(head []byte) error {
	if !l.fresh || l.spec.Refuse == nil {
		return nil
	}
	l.fresh = false
	return l.spec.Refuse(head)
}

// pass decodes what is in b and sends it on; what has no end yet is carried.
func (f *Follower) pass(ctx context.Context, l *log, b *record.Batch, now time.Time, final bool) error {
	raw := len(b.Buf) // decoders may append
	used := l.spec.Decoder.Decode(b, 0, now.UnixNano(), final)
	l.carry = append(l.carry[:0], b.Buf[used:raw]...)
	if l.waits() {
		l.grown = now
	}
	if cap(l.carry) > mostBlock && len(l.carry) < leastBlock {
		l.carry = bytes.Clone(l.carry) // a long line's memory is not kept
	}
	f.count(l)
	if len(b.Records) == 0 && !final {
		b.Release()
		return nil
	}
	return f.send(ctx, l, b)
}

// send gives b its position and passes it on.
func (f *Follower) send(ctx context.Context, l *log, b *record.Batch) error {
	if l.spec.Position != nil {
		mark := ""
		if m, ok := l.spec.Decoder.(marker); ok {
			mark = m.Mark()
		}
		b.Position = l.spec.Position(l.tail.Position(int64(len(l.carry))+l.spec.Decoder.Pending()), mark, b)
	}
	lines := uint64(len(b.Records))
	if err := l.to.Send(ctx, b); err != nil {
		return err
	}
	f.stats.lines.Add(lines)
	return nil
}

// endSegment goes over to the next segment. Unless that continues this one, the line that has begun goes out as it is.
func (f *Follower) endSegment(ctx context.Context, l *log, b *record.Batch, now time.Time, end error) error {
	var s tail.SegmentEnd
	if errors.As(end, &s) && s.Continues {
		b.Release()
		return nil
	}
	if l.spec.Through {
		b.Release()
		f.tear(l) // what writes such logs ends its lines
		l.spec.Decoder.Reset()
		return nil
	}
	b.Buf = b.Buf[:len(l.carry)]
	err := f.pass(ctx, l, b, now, true)
	l.spec.Decoder.Reset()
	l.fresh = false // the next segment of a log is no other log
	return err
}

// stuck is what becomes of a log that gave nothing.
func (f *Follower) stuck(ctx context.Context, l *log, now time.Time, err error) error {
	switch {
	case errors.Is(err, tail.ErrPartArchive):
		f.lost(l, &unreadable{l.spec.Path, err})
		f.touch(l)
		return nil
	case exhausted(err):
		f.short(err)
		f.makeDo()
		f.uneasyUntil(l, now.Add(calm))
		return nil
	case err != io.EOF:
		if !errors.Is(err, fs.ErrClosed) {
			f.trouble(l, &unreadable{l.spec.Path, err})
		}
		if f.opt.Once {
			return f.end(ctx, l, Read)
		}
		return nil
	}
	if !l.tail.Missing() {
		f.well(l)
		l.away = time.Time{}
	}
	switch {
	case f.opt.Once && !l.tail.Done() && l.tail.Behind() > 0 && now.Sub(l.grown).Abs() < calm:
		f.uneasyUntil(l, now.Add(calm)) // it is being rotated
		return nil
	case l.tail.Done() || f.opt.Once:
		return f.finishLine(ctx, l, now, Read)
	case l.retired:
		return f.finishLine(ctx, l, now, Retired)
	case l.flush:
		l.flush = false
		return f.flush(ctx, l, now)
	case l.waits() && now.Sub(l.grown) >= f.opt.Wait:
		return f.flush(ctx, l, now)
	case l.tail.Missing():
		if l.away.IsZero() {
			l.away = now
		}
		if now.Sub(l.away) > calm {
			return f.finishLine(ctx, l, now, Vanished)
		}
	}
	return nil
}

// flush sends what has been carried as it is.
func (f *Follower) flush(ctx context.Context, l *log, now time.Time) error {
	b := f.out.Pool().Get(l.spec.Origin, len(l.carry))
	b.Buf = append(b.Buf[:0], l.carry...)
	return f.pass(ctx, l, b, now, true)
}

// finishLine sends the rest and lets the log go.
func (f *Follower) finishLine(ctx context.Context, l *log, now time.Time, why End) error {
	if err := f.flush(ctx, l, now); err != nil {
		return err
	}
	return f.end(ctx, l, why)
}
