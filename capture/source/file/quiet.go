package file

import (
	"io/fs"
	"os"
	"sync/atomic"
	"time"
)

// looks are all rescans of a Follower.
type looks struct {
	rescans   int           // so far
	turns     int           // given to logs
	leftAlone atomic.Uint64 // how many times a log was found quiet; for tests
}

// look is what was at the path of a log when rescans looked at it.
type look struct {
	info  fs.FileInfo
	since time.Time // when it was first seen so, and every read since then found nothing; zero: it is not known
	whole bool      // it was the live file, read to its end and alone
	turn  int       // in which of the rescans of a cycle it is read all the same
}

// readEvery is every how many rescans a quiet log is read although its file
// looks as before. Nothing that appends can be so: its size tells. What rewrites
// a file to the same size and sets its time back is found by that, and what
// writes through a mapping whose time the kernel has not brought up to date.
const readEvery = 12

// quiet says that a log needs no reading: it has been read to its end, nothing
// of it waits, and its file has looked the same for so long that whatever a
// look at it might begin, a truncation or late lines, has ended since. That is
// one stat, where reading asks four times.
func (f *Follower) quiet(l *log, now time.Time) bool {
	if l.retired || l.flush || l.told || f.opt.Once || l.waits() || !l.away.IsZero() {
		l.look.forget()
		return false
	}
	info, err := os.Stat(l.spec.Path)
	if err != nil {
		l.look.forget()
		return false
	}
	if l.parked != nil {
		return l.parked.same(info, now)
	}
	if was := &l.look; was.since.IsZero() || now.Before(was.since) || !alike(was.info, info) {
		was.forget()
		was.info, was.since = info, now
		return false
	}
	if now.Sub(l.look.since) < calm || (f.looks.rescans+l.look.turn)%readEvery == 0 {
		return false
	}
	if !l.look.whole {
		t := l.tail
		l.look.whole = t.Descriptors() == 1 && !t.Missing() && t.Owns(info) && t.Position(0).Offset == info.Size()
	}
	return l.look.whole
}

// forget is called when a read has found something, or could not find out.
func (l *look) forget() { *l = look{turn: l.turn} }

// alike says that nothing seems to have happened to a file.
func alike(was, is fs.FileInfo) bool {
	return was.Size() == is.Size() && was.ModTime().Equal(is.ModTime()) && os.SameFile(was, is)
}

// waits says that a line or an entry has begun whose rest is not there yet.
func (l *log) waits() bool { return len(l.carry) > 0 || l.spec.Decoder.Pending() > 0 }
