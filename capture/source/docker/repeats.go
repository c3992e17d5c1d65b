package docker

import (
	"errors"
	"slices"

	"github.com/cespare/xxhash/v2"

	"github.com/logcap/logcap/capture/record"
)

// errRepeated is a stream that may have begun to repeat itself.
var errRepeated = errors.New("the stream seems to repeat lines")

// repeats finds out when an engine gives lines again within one stream. Docker
// 20.10 was seen to: when it rotates a log that is being followed, it begins the new
// file twice. Such a line is earlier than the one before it in its stream, or of the same
// nanosecond and alike; but so are lines after the clock was set back, and
// lines that are alike. The log is opened again then: what comes in the same place
// once more is no repetition.
type repeats struct {
	of      [2]moment
	settled doubt
}

// moment is the lines of a stream that have its latest time.
type moment struct {
	time   int64
	hashes []uint64
}

// mostAlike bounds how many lines of one moment are remembered.
const mostAlike = 1 << 10

// doubt is a line that may be a repetition. All that are alike, of one moment, are one.
type doubt struct {
	stream record.Stream
	time   int64
	hash   uint64
}

// suspect says that a line of the moment t may be a repetition; last is the time of the
// line before it in its stream, in Unix ns.
func (r *repeats) suspect(s record.Stream, t, last int64, text []byte) bool {
	d := doubt{s, t, xxhash.Sum64(text)}
	m := &r.of[index(s)]
	if (t < last || t == m.time && slices.Contains(m.hashes, d.hash)) && r.settled != d {
		r.settled = d
		return true
	}
	if r.settled != d {
		r.settled = doubt{} // it has not come in the same place
	}
	if t != m.time {
		m.time, m.hashes = t, m.hashes[:0]
	}
	if len(m.hashes) < mostAlike {
		m.hashes = append(m.hashes, d.hash)
	}
	return false
}
