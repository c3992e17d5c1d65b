package file

import (
	"sync/atomic"
	"time"

	"github.com/logcap/logcap/capture/source"
)

// counters are those of source.Stats that are the Follower's.
type counters struct {
	lines, bytes, reopens    atomic.Uint64
	cut, partial             atomic.Uint64
	active, behind           atomic.Int64
	overLong, hole           atomic.Uint64 // bytes given up by decoders
	torn                     atomic.Uint64 // bytes given up between two files
	truncated, gaps, damaged atomic.Uint64 // bytes, occasions and archives given up by tails
	began                    atomic.Bool
	turned                   atomic.Int64 // when Run last did something, in Unix ns; 0: it does not run
}

// turned says that Run does something: a file system that does not answer keeps it from that.
func (f *Follower) turned() { f.stats.turned.Store(time.Now().UnixNano()) }

// turning is turned for the beginning of Run; what it gives is for the end.
func (f *Follower) turning() (ended func()) {
	f.turned()
	return func() { f.stats.turned.Store(0) }
}

// count adds what the decoder and the tail of a log have given up to the Follower's counters.
func (f *Follower) count(l *log) {
	if d, ok := l.spec.Decoder.(interface{ Tally() Tally }); ok {
		now, was := d.Tally(), l.tally
		if now != was {
			f.stats.cut.Add(now.Cut - was.Cut)
			f.stats.partial.Add(now.Partial - was.Partial)
			f.stats.overLong.Add(now.OverLong - was.OverLong)
			f.stats.hole.Add(now.Hole - was.Hole)
			l.tally = now
			if was.Cut == 0 && now.Cut > 0 {
				f.lost(l, &cutLine{l.spec.Path})
			}
		}
	}
	if now, was := l.tail.Stats(), l.tstats; now != was {
		f.stats.truncated.Add(now.Truncated - was.Truncated)
		f.stats.gaps.Add(now.Gaps - was.Gaps)
		f.stats.damaged.Add(now.Damaged - was.Damaged)
		l.tstats = now
		switch {
		case now.Truncated > was.Truncated:
			f.lost(l, &rotatedAway{l.spec.Path, now.Truncated - was.Truncated})
		case now.Gaps > was.Gaps:
			f.lost(l, &rotatedAway{l.spec.Path, 0})
		}
	}
}

// Stats is what has been read so far; from any goroutine. Lost has bytes,
// but "gap" and "damaged-archive", which count occasions: nobody knows how much was in them.
func (f *Follower) Stats() source.Stats {
	s := source.Stats{
		Lines: f.stats.lines.Load(), Bytes: f.stats.bytes.Load(), Cut: f.stats.cut.Load(), Partial: f.stats.partial.Load(),
		Active: int(f.stats.active.Load()), Behind: f.stats.behind.Load(), Reopens: f.stats.reopens.Load(), Lost: map[string]uint64{},
		Began: f.stats.began.Load(),
	}
	if ns := f.stats.turned.Load(); ns != 0 {
		s.Turned = time.Unix(0, ns)
	}
	for reason, n := range map[string]uint64{
		"over-long": f.stats.overLong.Load(), "torn": f.stats.torn.Load(), "truncated": f.stats.truncated.Load(),
		"gap": f.stats.gaps.Load(), "damaged-archive": f.stats.damaged.Load(),
	} {
		if n > 0 {
			s.Lost[reason] = n
		}
	}
	return s
}
