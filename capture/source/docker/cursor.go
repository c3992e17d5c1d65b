package docker

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/cespare/xxhash/v2"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/tail"
)

// window is how long before the newest line lines are remembered and asked for
// again, in ns. Within one stream the engine's times never go back; between
// stdout and stderr they were seen to by 0.5 ms.
const window = 2e9

// slack is how much longer lines are remembered than they are asked for, in ns:
// the line read last may be a little earlier than one before it, of the other stream.
const slack = 1e9

// mostSeen bounds what is remembered of one container. With more lines than
// that within the window, the window becomes shorter.
const mostSeen = 1 << 16

// seen is a line: when it was written, and a hash of stream and text.
type seen struct {
	time int64
	hash uint32
}

// hashOf tells lines of the same nanosecond apart.
func hashOf(s record.Stream, text []byte) uint32 {
	h := xxhash.Sum64(text)
	return uint32(h^h>>32) + uint32(s)
}

// cursor is how far a container's log has been read, and how far acknowledged.
// The engine can be asked for lines since a moment only, so the lines
// shortly before that moment are remembered, to know them when they come
// again. A line is here what the engine has a timestamp for: a line, or a fragment of 16 KiB of one.
type cursor struct {
	file     *tail.Position // acknowledged; nil when the log was never read in place
	past     bool           // it was read over the API since, and file is a place before what is acknowledged
	mu       sync.Mutex
	ring     []seen // the lines that are remembered, in their order
	first    uint64 // number of ring[0]
	old      int    // so many at the beginning of ring will not be asked for again
	newest   int64  // time of the line read last, in Unix ns; 0: none
	acked    uint64 // lines before this number are acknowledged
	ackedAt  int64  // newest when that one was sent
	begin    int64  // without a line: where to begin, in Unix ns; 0: at the beginning
	tail     int    // without a line: begin with the last so many; -1: with all
	changed  bool
	restored bool // from a run before, and not yet read by this one
}

// add remembers lines that are being sent, and is the position behind them.
// When a line is open whose fragments are not all there, the position is
// before it: open is the number of its first fragment, or none.
func (c *cursor) add(lines []seen, open uint64) *place {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ring = append(c.ring, lines...)
	if n := len(lines); n > 0 {
		c.newest = lines[n-1].time // also when the clock went back
	}
	p := &place{c, c.next(), c.newest}
	if open < p.next && open >= c.first {
		p.next, p.newest = open, min(p.newest, c.ring[open-c.first].time)
	}
	return p
}

// next is the number that the next line will have.
func (c *cursor) next() uint64 { return c.first + uint64(len(c.ring)) }

// none is the number of no line.
const none = ^uint64(0)

// place is a position: what was read when a batch was sent.
type place struct {
	c      *cursor
	next   uint64
	newest int64
}

// Commit implements record.Position.
func (p *place) Commit() {
	c := p.c
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acked, c.ackedAt, c.changed, c.past = max(c.acked, p.next), p.newest, true, c.file != nil
	c.trim(p.newest)
}

// trim forgets acknowledged lines that nobody will ask for again.
func (c *cursor) trim(newest int64) {
	n := c.old // what could go before can go still
	for n < len(c.ring) && c.first+uint64(n) < c.acked && (c.ring[n].time < newest-window-slack || len(c.ring)-n > mostSeen) {
		n++
	}
	if n > len(c.ring)/2 || n > mostSeen/4 { // moving costs what is left: not at each batch
		c.ring = append(c.ring[:0], c.ring[n:]...)
		c.first += uint64(n)
		n = 0
	}
	c.old = n
}

// since is the moment to ask the engine for, in Unix ns. Only who adds may ask.
func (c *cursor) since() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ask()
}

func (c *cursor) ask() int64 {
	if c.newest == 0 {
		return c.begin
	}
	return c.from(c.ring, c.newest)
}

// from is the moment from which lines are all remembered, at most the window before newest.
func (c *cursor) from(ring []seen, newest int64) int64 {
	since := newest - window
	if len(ring) >= mostSeen {
		// Lines of the oldest moment may have been forgotten.
		since = max(since, ring[0].time+1)
	}
	return max(since, 1)
}

// known is the remembered lines, and how often each was there.
func (c *cursor) known() map[seen]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	since := c.ask()
	all := map[seen]int{}
	for _, s := range c.ring {
		if s.time >= since {
			all[s]++
		}
	}
	return all
}

// kept is a cursor as it is in the checkpoint.
type kept struct {
	Newest int64          `json:"newest"`          // Unix time in ns; 0: no line has been acknowledged
	Begin  int64          `json:"begin,omitempty"` // Unix time in ns
	File   *tail.Position `json:"file,omitempty"`  // in the json-file log, when that was read
	Past   bool           `json:"past,omitempty"`  // File is before what has been acknowledged
	Seen   string         `json:"seen,omitempty"`  // base64 of, for each line, the zigzag varint of the time since the one before, in ns, and 4 bytes of hash
}

// keep is what has been acknowledged, as JSON; nil when nothing has been since the last call.
func (c *cursor) keep() (json.RawMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.changed {
		return nil, nil
	}
	c.changed = false
	k := kept{Newest: c.ackedAt, Begin: c.begin, File: c.file, Past: c.past}
	ring := c.ring[:max(0, min(int(c.acked-c.first), len(c.ring)))]
	if c.ackedAt != 0 {
		since := c.from(ring, c.ackedAt)
		var b []byte
		last := c.ackedAt
		for _, s := range ring {
			if s.time >= since {
				b = binary.AppendVarint(b, s.time-last)
				b = binary.LittleEndian.AppendUint32(b, s.hash)
				last = s.time
			}
		}
		k.Seen = base64.StdEncoding.EncodeToString(b)
	}
	return json.Marshal(k)
}

// restore is the cursor that keep wrote.
func restore(text json.RawMessage) (*cursor, error) {
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(k.Seen)
	if err != nil {
		return nil, err
	}
	c := &cursor{file: k.File, past: k.Past, newest: k.Newest, ackedAt: k.Newest, begin: k.Begin, tail: -1, restored: true}
	last := k.Newest
	for len(b) > 0 {
		d, n := binary.Varint(b)
		if n <= 0 || len(b) < n+4 {
			return nil, fmt.Errorf("the remembered lines end within one")
		}
		last += d
		c.ring = append(c.ring, seen{last, binary.LittleEndian.Uint32(b[n:])})
		b = b[n+4:]
	}
	c.acked = uint64(len(c.ring))
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
