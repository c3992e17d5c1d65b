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

// parked is what is known of a log whose descriptor was given back.
type parked struct {
	at   tail.Position
	info fs.FileInfo // of its file at its end
}

// parking bounds the descriptors that logs hold: when there are more logs, those
// that have been quiet for longest are closed. Such a log goes on as after a
// restart, when its file has changed: at its position, found by what is in it.
type parking struct {
	most  int
	quiet *list.List // of *log that hold a descriptor, the longest quiet first
}

// Bounds of the descriptors that logs hold.
const (
	mostOpen   = 4096 // also where the system would allow more
	leastOpen  = 16
	parkTrials = 64 // how many are looked at to find one that can be closed
)

func newParking(most int) parking {
	if most <= 0 {
		// The rest is for directories, sinks, connections and the checkpoint.
		most = max(leastOpen, min(descriptors()/2, mostOpen))
	}
	return parking{most, list.New()}
}

// opened counts a log that has got a descriptor, as the last to be closed.
func (f *Follower) opened(l *log) {
	if l.quiet == nil {
		l.quiet = f.parking.quiet.PushBack(l)
	}
}

// stirred says that there was something in a log.
func (f *Follower) stirred(l *log) {
	if l.quiet != nil {
		f.parking.quiet.MoveToBack(l.quiet)
	}
}

func (f *Follower) closed(l *log) {
	if l.quiet != nil {
		f.parking.quiet.Remove(l.quiet)
		l.quiet = nil
	}
}

// room makes room for one more descriptor; what cannot be closed now stays open, above the bound.
func (f *Follower) room() {
	e := f.parking.quiet.Front()
	for range parkTrials {
		if e == nil || f.parking.quiet.Len() < f.parking.most {
			return
		}
		next := e.Next()
		f.park(e.Value.(*log))
		e = next
	}
}

// park closes a log, unless it ends with a line that has begun: then it stays as it is.
func (f *Follower) park(l *log) bool {
	if !l.placed || l.tail.Missing() || l.retired || l.flush {
		return false
	}
	info, err := os.Stat(l.spec.Path)
	if err != nil || !l.tail.Owns(info) {
		return false // it is being rotated
	}
	back := int64(len(l.carry)) + l.spec.Decoder.Pending()
	at := l.tail.Position(back)
	if back > 0 {
		m, ok := l.spec.Decoder.(marker)
		if !ok || at.Offset+back >= info.Size() {
			return false // nobody else waits for the rest of the line
		}
		l.carry = nil // it is read again
		m.Resume(m.Mark())
	}
	f.count(l)
	l.parked = &parked{at, info}
	_ = l.tail.Close() // it was only read
	f.closed(l)
	delete(f.uneasy, l)
	return true
}

// unpark opens a log again when there may be something in it. It says whether it is open.
func (f *Follower) unpark(ctx context.Context, l *log, now time.Time) (bool, error) {
	info, err := os.Stat(l.spec.Path)
	if err == nil && l.parked.same(info) && !l.retired && !l.flush {
		l.away = time.Time{}
		f.well(l)
		return false, nil
	}
	var t *tail.Log
	if err == nil || missing(err) {
		f.room()
		t, err = f.open(l.spec.Path, tail.Start{Resume: &l.parked.at})
	}
	switch {
	case err == nil:
		l.tail, l.tstats, l.parked = t, tail.Stats{}, nil
		f.opened(l)
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

// same says that nothing has happened to the file.
func (p *parked) same(now fs.FileInfo) bool {
	return os.SameFile(now, p.info) && now.Size() == p.info.Size() && now.ModTime().Equal(p.info.ModTime()) &&
		p.at.Offset == now.Size() && len(p.at.Late) == 0
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
	// Others use descriptors too: make do with those that logs have.
	f.parking.most = max(leastOpen, f.parking.quiet.Len())
	before := f.parking.quiet.Len()
	if f.room(); f.parking.quiet.Len() == before {
		return nil, err
	}
	return tail.Open(path, start, f.opt.Tail)
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
