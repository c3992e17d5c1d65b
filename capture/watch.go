package capture

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// WatchEvery is how often a collector looks at itself. With stalled it makes
// that what stands still is told within ten seconds.
const WatchEvery = 2 * time.Second

const (
	stalled = 5 * time.Second         // a write, or a wait for room in a queue, that takes longer is told
	still   = 7500 * time.Millisecond // a source that finds nothing for longer is told: it looks at everything every 5 s
)

// watch looks at the collector until ctx is done. What stands still says nothing
// itself: a write that hangs returns no error, and a read that hangs neither.
func (c *Collector) watch(ctx context.Context) error {
	tick := time.NewTicker(WatchEvery)
	defer tick.Stop()
	seen := map[string]movement{}
	for now := time.Now(); ; {
		s := c.Stats()
		c.sinksStall(now, s)
		c.sourcesStall(now, s, seen)
		if c.cfg.Watch != nil {
			c.cfg.Watch(now, s)
		}
		select {
		case <-ctx.Done():
			return nil
		case now = <-tick.C:
		}
	}
}

// sinksStall tells of sinks that neither take nor refuse.
func (c *Collector) sinksStall(now time.Time, s Stats) {
	for _, snk := range s.Sinks {
		c.told("sink "+snk.Name+" answer", long(now, snk.WritingFrom, stalled),
			&stall{"write to sink " + snk.Name, fmt.Sprintf("no answer for more than %v", stalled), "what it was sent is kept and sent again; is the destination overloaded?"})
		c.told("sink "+snk.Name+" queue", long(now, snk.WaitingFrom, stalled),
			&stall{"queue for sink " + snk.Name, fmt.Sprintf("full, and records have waited for more than %v", stalled), "reading waits for this sink; nothing is lost as long as what is read keeps its rotated files"})
		c.told("queue "+snk.Name+" disk", snk.WaitingFrom.IsZero() && long(now, snk.StoringFrom, stalled),
			&stall{"queue for sink " + snk.Name, fmt.Sprintf("its disk has taken nothing for more than %v", stalled), "reading waits for the disk of the state directory; nothing is lost as long as what is read keeps its rotated files"})
	}
}

// movement is when a source was last seen to get on.
type movement struct {
	lines, bytes uint64
	at           time.Time
}

// sourcesStall tells of sources that do not get on although nothing keeps them from it.
func (c *Collector) sourcesStall(now time.Time, s Stats, seen map[string]movement) {
	blocked := s.Paused || s.Ending
	for _, snk := range s.Sinks {
		blocked = blocked || long(now, snk.WaitingFrom, time.Second) || long(now, snk.StoringFrom, time.Second)
	}
	for _, src := range s.Sources {
		last, known := seen[src.Name]
		if moved := !known || blocked || src.Behind <= 0 || src.Lines != last.lines || src.Bytes != last.bytes; moved {
			last = movement{src.Lines, src.Bytes, now}
			seen[src.Name] = last
		}
		why := errors.New("")
		stuck := !blocked && long(now, src.Turned, still)
		switch {
		case stuck:
			why = &stall{"read from source " + src.Name, fmt.Sprintf("it has hung for more than %v", still), "a file system may not answer: is a log on NFS or a disk that is failing?"}
		case long(now, last.at, still):
			stuck = true
			why = &stall{"read from source " + src.Name, fmt.Sprintf("there is more to read, and nothing has come for more than %v", still), ""}
		}
		c.told("source "+src.Name+" stalled", stuck, why)
	}
}

// told raises or clears a problem. The texts say for how long at least, so that they stay the same.
func (c *Collector) told(subject string, on bool, why error) {
	if on {
		c.cfg.Board.Raise(subject, why)
	} else {
		c.cfg.Board.Clear(subject)
	}
}

// long says that something has lasted for longer than d; a zero time says that it does not last.
func long(now, since time.Time, d time.Duration) bool { return !since.IsZero() && now.Sub(since) > d }

// stall is a part that stands still.
type stall struct{ doing, what, hint string }

func (e *stall) Error() string { return e.doing + ": " + e.what }
func (e *stall) Hint() string  { return e.hint }
