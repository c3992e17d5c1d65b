package file

import (
	"fmt"
	"time"
)

// lossEvery is how often it is told of one log that something was given up; it is counted each time.
const lossEvery = time.Minute

// lost tells that something of a log was given up.
func (f *Follower) lost(l *log, err error) {
	if now := time.Now(); l.lossTold.IsZero() || now.Sub(l.lossTold) >= lossEvery {
		l.lossTold = now
		f.opt.Board.Tell(f.subject(l.spec.Path), err)
	}
}

// rotatedAway is what was in a log and is in no file any more.
type rotatedAway struct {
	path  string
	bytes uint64 // 0: nobody knows how many, or whether there were any
}

func (e *rotatedAway) Error() string {
	if e.bytes == 0 {
		return "read " + e.path + ": the place where reading stopped is in no file any more; what was written until the next one may be lost"
	}
	return fmt.Sprintf("read %s: %d bytes were truncated before they were read, and there is no copy of them", e.path, e.bytes)
}
func (e *rotatedAway) Hint() string {
	return "rotate less often or keep more rotated files; logcap_source_lost_total counts it"
}

// tear gives up what was carried at the end of a file whose writer ends its lines: the rest of it is not in the next one.
func (f *Follower) tear(l *log) {
	if n := uint64(len(l.carry)); n > 0 {
		f.stats.torn.Add(n)
		f.lost(l, &tornEntry{l.spec.Path, n})
	}
	l.carry = l.carry[:0]
}

// tornEntry is what a writer that ends its lines has left without an end.
type tornEntry struct {
	path  string
	bytes uint64
}

func (e *tornEntry) Error() string {
	return fmt.Sprintf("read %s: the last %d bytes of a rotated file are no whole entry, and were given up", e.path, e.bytes)
}
func (e *tornEntry) Hint() string {
	return "its writer was stopped while it wrote, or the disk was full; logcap_source_lost_total counts it"
}

// cutLine is a line that is longer than the limit, the first one of its log.
type cutLine struct{ path string }

func (e *cutLine) Error() string {
	return "read " + e.path + ": a line is longer than the limit, and the rest of it was cut"
}
func (e *cutLine) Hint() string {
	return "raise --max-line, or make several records of it with --split-long"
}
