package docker

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/logcap/logcap/capture/tail"
)

// window is how long before the line read last the engine is asked for again, in
// ns: between stdout and stderr its times were seen to go back by 0.5 ms, and
// its clock may be set back by two seconds before anybody sees it.
const window = 2_500_000_000

// restartWindow is the same for what was read in a run before, in ns: the
// engine's clock may have been set back, and gone on, while nobody was there.
const restartWindow = 600_000_000_000

// cursor is how far a container's log has been read, and how far acknowledged.
// The engine can be asked for lines since a moment only, which it includes; so
// it is asked for a little more, and what was read before is known by its marks.
type cursor struct {
	mu       sync.Mutex
	read     marks         // of what has been sent
	next     int64         // where to ask from in a living process, in Unix ns; 0: nothing was read
	window   int64         // how long before next to ask from, in ns
	until    int64         // lines later than this need no more than the usual window, in Unix ns
	back     time.Duration // by how much the engine's clock had been set back when that was decided
	acked    kept          // what a restart goes on with
	past     bool          // it was read over the API since acked.File
	begin    int64         // nothing before it is wanted, in Unix ns; 0: everything is
	tail     int           // while nothing was read: begin with the last so many lines; -1: with all
	changed  bool          // acked has
	restored bool          // from a run before, and not yet read by this one
}

// kept is a cursor as it is in the checkpoint: what has been acknowledged.
type kept struct {
	Since int64 `json:"since,omitempty"` // the moment to ask the engine from, in Unix ns; 0: no line has been acknowledged
	Begin int64 `json:"begin,omitempty"` // nothing before it is wanted, in Unix ns
	lines
	File *filePlace `json:"file,omitempty"` // in the json-file log, when that was read
	Past bool       `json:"past,omitempty"` // File is before what has been acknowledged
}

// filePlace is a place in a json-file log, and the lines behind it that were
// acknowledged all the same: those between the fragments of a line that has no end yet.
type filePlace struct {
	tail.Position
	lines
}

// lines are marks as they are in the checkpoint.
type lines struct {
	Stdout mark   `json:"stdout,omitzero"`
	Stderr mark   `json:"stderr,omitzero"`
	Last   string `json:"last,omitempty"` // stream of the line read last; absent when not known
}

func linesOf(m marks) lines { return lines{m.of[0], m.of[1], m.last.String()} }

func (l *lines) marks() marks {
	m := marks{of: [2]mark{l.Stdout, l.Stderr}}
	for _, s := range streams {
		if s.String() == l.Last {
			m.last = s
		}
	}
	return m
}

// place is a position: what had been read when a batch was sent.
type place struct {
	c    *cursor
	kept kept
}

// Commit implements record.Position.
func (p *place) Commit() {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	file := p.kept.File
	if file == nil {
		file, p.c.past = p.c.acked.File, p.c.acked.File != nil
	} else {
		p.c.past = false
	}
	p.c.acked, p.c.changed = p.kept, true
	p.c.acked.File = file
}

// sent notes what is being sent; first is the time of the first line that was read, in Unix ns.
func (c *cursor) sent(m marks, next, first int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read, c.next = m, next
	if next > c.until {
		c.window = window
	}
	if c.tail >= 0 && c.begin == 0 {
		c.begin = first // what is before the last so many is not wanted after a cut either
	}
}

// resume is where reading goes on: the moment to ask the engine from, in Unix
// ns, and what was read already. What was written after the engine's clock was set
// back has earlier times than what was read before: it is asked for by now, the engine's clock,
// and by back, how much it was set back in the life of this process.
func (c *cursor) resume(now int64, back time.Duration) (since int64, m marks) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if wider := c.window + int64(back-c.back); wider > window {
		c.window, c.back = wider, back
		c.until = max(c.until, now+wider) // by then the clock has come to where it was
	}
	switch {
	case c.next == 0:
		return c.begin, c.read
	case c.next > now+1e9: // now is exact to half a second
		return 1, c.read
	}
	since = c.next - c.window
	if c.begin < c.next && c.window == window {
		since = max(since, c.begin)
	}
	return max(since, 1), c.read
}

// unstarted says that nothing was read, and with how many last lines to begin; -1 is all.
func (c *cursor) unstarted() (lines int, yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tail, c.next == 0
}

// since is the moment before which nothing is wanted, in Unix ns.
func (c *cursor) since() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.begin
}

// latest is the time of the line read last, in Unix ns, and 0 when there is none.
func (c *cursor) latest() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.next
}

// marks are of what was read.
func (c *cursor) marks() marks {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.read
}

// file is the place in the json-file log; nil when the log was never read there,
// or read over the API since.
func (c *cursor) file() *filePlace {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.past {
		return nil
	}
	return c.acked.File
}

// keep is what has been acknowledged, as JSON; nil when nothing has been since the last call.
func (c *cursor) keep() (json.RawMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.changed {
		return nil, nil
	}
	c.changed = false
	k := c.acked
	k.Begin, k.Past = c.begin, c.past
	return json.Marshal(k)
}

// restore is the cursor that keep wrote.
func restore(text json.RawMessage) (*cursor, error) {
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, err
	}
	for _, m := range []mark{k.Stdout, k.Stderr} {
		if m.Time < 0 || m.Latest < 0 || m.Time > 0 && m.Count == 0 {
			return nil, fmt.Errorf("%+v is no place in a log", m)
		}
	}
	if k.Since < 0 || k.Begin < 0 {
		return nil, fmt.Errorf("%d is no moment to ask from", min(k.Since, k.Begin))
	}
	c := &cursor{read: k.marks(), next: k.Since, window: restartWindow, acked: k, past: k.Past, begin: k.Begin, tail: -1, restored: true}
	return c, nil
}

// unread says, once, that the cursor comes from a run before: the container may have written since.
func (c *cursor) unread() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	was := c.restored
	c.restored = false
	return was
}
