package tail

import (
	"errors"

	"github.com/cespare/xxhash/v2"
)

// Lengths of what is remembered of a segment's content, in bytes.
const (
	prefixLen = 1024
	anchorLen = 256
)

// Fingerprint is the xxhash64 of Len bytes. Len 0 says that nothing is known.
type Fingerprint struct {
	Len  int    `json:"len"`
	Hash uint64 `json:"hash"`
}

// of is the fingerprint of b.
func of(b []byte) Fingerprint {
	if len(b) == 0 {
		return Fingerprint{}
	}
	return Fingerprint{len(b), xxhash.Sum64(b)}
}

// Anchor is a place in a segment, and the bytes before it: 256, or all of them.
type Anchor struct {
	End         int64 `json:"end"` // where the bytes end, in bytes from the beginning of the segment
	Fingerprint       // of the bytes before End
}

// Mark is a place in one segment, and what the segment is recognised by.
type Mark struct {
	Device uint64      `json:"device"`           // of the file that the segment was written to
	Inode  uint64      `json:"inode"`            // of the same
	Born   int64       `json:"born,omitempty"`   // when that was created, in Unix ns: inodes are given again. 0: unknown
	Number int         `json:"number,omitempty"` // of the segment among those of its log, as the reader counts them; 0: not known
	Offset int64       `json:"offset"`           // where the next byte to read lies; in the decompressed content of an archive
	Prefix Fingerprint `json:"prefix"`           // of the first bytes, 1 KiB at most; it grows with the segment
	Anchor Anchor      `json:"anchor"`           // at Offset, or behind it when what follows has been seen
	Way    Anchor      `json:"way"`              // somewhere between the beginning and Offset: a copy that ends before Offset is recognised by it
}

// mostSegments is more than any log has.
const mostSegments = 1 << 30

// nextNumber is the number of the segment after the one that has n.
func nextNumber(n int) int { return min(n, mostSegments-1) + 1 }

// empty says that nothing of the segment's content is known.
func (m *Mark) empty() bool { return m.Prefix.Len == 0 }

func (m *Mark) id() identity { return identity{m.Device, m.Inode, m.Born} }

// valid says that the numbers can be those of a segment; whether they are of any, only the files tell.
func (m *Mark) valid() bool {
	return m.Offset >= 0 && m.Number >= 0 && m.Number <= mostSegments && m.Prefix.valid(prefixLen, prefixLen) &&
		m.Anchor.valid(m.Anchor.End, anchorLen) && m.Way.valid(m.Way.End, anchorLen) &&
		m.Way.End <= m.Anchor.End && m.Offset <= m.Anchor.End && (m.Anchor.End == 0) == (m.Anchor.Len == 0)
}

// valid says that the length is at most most, and within end.
func (f Fingerprint) valid(end int64, most int) bool {
	return f.Len >= 0 && f.Len <= most && end >= 0 && int64(f.Len) <= end
}

// Position is a place in a log: everything before it has been read. It is a
// value to keep as JSON; only the files themselves say what it is worth. It
// stays good while the log is rotated, copied and compressed.
type Position struct {
	Mark

	// Before is the last segment with content before the Mark's; nil when there
	// was none. It tells unread segments from older ones, also when the Mark's own is gone.
	Before *Before `json:"before,omitempty"`

	// Late are places in older segments that may still be written to.
	Late []Mark `json:"late,omitempty"`

	// Target is the file that the path led to, when the path is a symbolic link.
	Target string `json:"target,omitempty"`
}

// Check says whether the numbers can be those of a place in a log; which, only the files tell.
func (p *Position) Check() error {
	ok := p.valid() && (p.Before == nil || p.Before.valid())
	for i := range p.Late {
		ok = ok && p.Late[i].valid()
	}
	if !ok {
		return errors.New("no place in a log")
	}
	return nil
}

// Before is the end of a segment that has been read, or that was there before reading began.
type Before struct {
	Mark
	Time int64 `json:"time"` // when it was last written to, in Unix ns
}

// valid says that the numbers can be those of a position.
func (p *Position) valid() bool {
	for i := range p.Late {
		if !p.Late[i].valid() {
			return false
		}
	}
	return p.Mark.valid() && (p.Before == nil || p.Before.valid())
}
