package file

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/logcap/logcap/capture/tail"
)

// parked is what is known of a log whose descriptors were given back.
type parked struct {
	at    tail.Position
	info  fs.FileInfo // of its file
	since time.Time
}

// parking bounds the descriptors that logs hold: when there are more, those logs
// that have been quiet for longest are closed. Such a log goes on as after a
// restart, when its file has changed: at its position, found by what is in it.
type parking struct {
	most    int
	held    int        // descriptors
	top     int        // the most that were held
	refused bool       // in this round: looking for room again would find none
	full    time.Time  // since when logs have had to wait for others to come through their rotations; zero: none has to
	quiet   *list.List // of *log that hold descriptors, the longest quiet first
}

// Bounds of the descriptors that logs hold.
const (
	mostOpen   = 4096 // also where the system would allow more
	leastOpen  = 16
	parkTrials = 64 // how many are looked at to find one that can be closed

	grace = 10 * time.Second // the tail's Grace, for late lines
)

func newParking(most int) parking {
	if most <= 0 {
		// The rest is for directories, sinks, connections and the checkpoint.
		most = max(leastOpen, min(descriptors()/2, mostOpen))
	}
	return parking{most: most, quiet: list.New()}
}

// holds counts the descriptors of a log. stirred says that there was something in it.
func (p *parking) holds(l *log, stirred bool) {
	n := l.tail.Descriptors()
	p.held += n - l.held
	p.top = max(p.top, p.held)
	l.held = n
	switch {
	case n == 0 && l.quiet != nil:
		p.quiet.Remove(l.quiet)
		l.quiet = nil
	case n > 0 && l.quiet == nil:
		l.quiet = p.quiet.PushBack(l)
	case stirred && l.quiet != nil:
		p.quiet.MoveToBack(l.quiet)
	}
}

// room makes room for one more descriptor; what cannot be closed now stays open, above the bound.
func (f *Follower) room() {
	p := &f.parking
	e := p.quiet.Front()
	for range parkTrials {
		if e == nil || p.held < p.most {
			return
		}
		l, _ := e.Value.(*log)
		e = e.Next()
		if !f.park(l) && l.quiet != nil {
			p.quiet.MoveToBack(l.quiet) // so that the next ones are looked at too
		}
	}
}

// admits says whether one more log may be opened. Logs within a rotation cannot be
// closed: when there are half as many above the bound, the next ones take turns
// with them. That is told when it goes on.
func (f *Follower) admits(now time.Time) bool {
	p := &f.parking
	if p.refused {
		return false
	}
	f.room()
	switch {
	case p.held < p.most+p.most/2:
		p.full = time.Time{}
		return true
	case p.full.IsZero():
		p.full = now
	case now.Sub(p.full) > calm:
		f.short(errCrowded)
	}
	p.refused = true
	return false
}

// errCrowded is why a log waits although the system would open its file.
var errCrowded = errors.New("too many logs are within a rotation")

// park closes a log. It says no to one that is being rotated, and to one whose
// last line began in an earlier segment for its decoder: only the open Log knows which.
func (f *Follower) park(l *log) bool {
	if l.tail.Missing() || l.retired || l.flush {
		return false
	}
	at := l.tail.Position(0)
	if l.spec.Decoder.Pending() > at.Offset {
		return false
	}
	info, err := os.Stat(l.spec.Path)
	if err != nil || !l.tail.Owns(info) {
		return false
	}
	f.count(l)
	l.parked = &parked{at, info, f.opt.Tail.Now()}
	if l.graced {
		l.parked.at.Late = nil
	}
	_ = l.tail.Close() // it was only read
	f.parking.holds(l, false)
	delete(f.uneasy, l)
	return true
}

// unpark opens a log again when there may be something in it. It says whether it is open.
func (f *Follower) unpark(ctx context.Context, l *log, now time.Time) (bool, error) {
	if l.waits() && now.Sub(l.grown) >= f.opt.Wait {
		if err := f.flush(ctx, l, now); err != nil {
			return false, err
		}
	}
	info, err := os.Stat(l.spec.Path)
	if err == nil && !l.retired && !l.flush && l.parked.same(info, now) {
		l.away = time.Time{}
		f.well(l)
		if f.opt.Once {
			return false, f.finishLine(ctx, l, now, Read)
		}
		return false, nil
	}
	var t *tail.Log
	if err == nil || missing(err) {
		if !f.admits(now) {
			f.uneasyUntil(l, now.Add(calm))
			return false, nil
		}
		t, err = f.open(l.spec.Path, tail.Start{Resume: &l.parked.at})
	}
	switch {
	case err == nil:
		f.well(l)
		l.graced = len(l.parked.at.Late) > 0 && now.Sub(l.parked.since) >= grace
		l.tail, l.tstats, l.parked = t, tail.Stats{}, nil
		l.look.forget()
		f.parking.holds(l, true)
		return true, nil
	case errors.Is(err, tail.ErrUnstable):
		f.uneasyUntil(l, now.Add(calm))
	case missing(err):
		if l.away.IsZero() {
			l.away = now
		}
		f.uneasyUntil(l, now.Add(calm))
		if d := now.Sub(l.away); d > calm || l.retired {
			return false, f.end(ctx, l, Vanished)
		}
	case exhausted(err):
		f.short(err)
		f.uneasyUntil(l, now.Add(calm))
	default:
		f.trouble(l, &unreadable{l.spec.Path, err})
	}
	return false, nil
}

// orphan sends the beginning of a line whose rest is nowhere any more: what comes
// next was written to another file. It says nothing of a position: what comes next has one.
func (f *Follower) orphan(ctx context.Context, l *log, now time.Time) error {
	b := f.out.Pool().Get(l.spec.Origin, len(l.carry))
	b.Buf = append(b.Buf[:0], l.carry...)
	l.carry = l.carry[:0]
	l.spec.Decoder.Decode(b, 0, now.UnixNano(), true)
	l.spec.Decoder.Reset()
	lines := uint64(len(b.Records))
	if err := l.to.Send(ctx, b); err != nil {
		return err
	}
	f.stats.lines.Add(lines)
	return nil
}

// same says that nothing has happened to the file. Late lines of one that was
// renamed before are looked for once, when there will be no more of them.
func (p *parked) same(now fs.FileInfo, at time.Time) bool {
	return alike(p.info, now) && p.at.Offset == now.Size() &&
		(len(p.at.Late) == 0 || at.Sub(p.since).Abs() < grace)
}

// open opens the log at a path. A pipe or a device is not even touched: opening
// one can block, and can look to its writer like a reader that comes and goes.
func (f *Follower) open(path string, start tail.Start) (*tail.Log, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, &tail.NotAFile{Path: path, Kind: kindOf(info.Mode())}
	}
	t, err := tail.Open(path, start, f.opt.Tail)
	if err == nil || !exhausted(err) {
		return t, err
	}
	f.makeDo()
	return tail.Open(path, start, f.opt.Tail)
}

// makeDo is called when there are no more descriptors: others use them too, and
// logs have to make do with fewer than they have.
func (f *Follower) makeDo() {
	f.parking.most = max(leastOpen, min(f.parking.most, f.parking.held*3/4))
	f.room()
}

func kindOf(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "directory"
	case m&fs.ModeNamedPipe != 0:
		return "pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	}
	return "device"
}

// exhausted says that there are no more descriptors, of this process or of the system.
func exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// tooManyOpen is told once, however many files it keeps from being opened.
type tooManyOpen struct{ err error }

func (e *tooManyOpen) Error() string {
	var path *fs.PathError
	if errors.As(e.err, &path) {
		return fmt.Sprintf("open files: %v; some are waiting, the others go on", path.Err)
	}
	return fmt.Sprintf("open files: %v; some are waiting, the others go on", e.err)
}
func (e *tooManyOpen) Unwrap() error { return e.err }
func (e *tooManyOpen) Hint() string {
	return "raise the limit: ulimit -n, LimitNOFILE= of a systemd unit, --ulimit nofile of a container"
}

// short says that a file has to wait for a descriptor.
func (f *Follower) short(err error) {
	f.shortage = true
	f.opt.Board.Raise(f.opt.Subject+" descriptors", &tooManyOpen{err})
}
