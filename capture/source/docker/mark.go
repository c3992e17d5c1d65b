package docker

import "github.com/logcap/logcap/capture/record"

// mark is how far one stream of a container has been read. Within a stream the
// times of the engine never go back unless its clock is set back, so the time of
// the line read last says which lines were read, and a number which of those of the
// same nanosecond. A line is here what the engine has a timestamp for: a
// line, or a fragment of one; all fragments have the time of the first.
type mark struct {
	Time   int64  `json:"time"`             // of the line read last, in Unix ns; 0: there was none
	Count  uint64 `json:"count"`            // lines of that moment that were read
	Latest int64  `json:"latest,omitempty"` // the latest time of any line, in Unix ns, when that is later: the clock was set back
}

// note says that a line of the moment t was read.
func (m *mark) note(t int64) {
	switch {
	case t == m.Time:
		m.Count++
		return
	case t < m.Time:
		m.Latest = max(m.Latest, m.Time)
	case t >= m.Latest:
		m.Latest = 0
	}
	m.Time, m.Count = t, 1
}

// marks are those of a container's streams.
type marks struct {
	of [2]mark

	// last is the stream of the line read last, NoStream when that is not known: when the lines that the
	// marks stand for do not reach up to one place of the log, because a line has begun that has no end yet.
	last record.Stream
}

// note says that a line of a stream was read.
func (m *marks) note(s record.Stream, t int64) {
	m.of[index(s)].note(t)
	m.last = streams[index(s)]
}

// index is a stream's place among those of a container. What is of none is of stdout.
func index(s record.Stream) int {
	if s == record.Stderr {
		return 1
	}
	return 0
}

// streams are those of a container, by index.
var streams = [2]record.Stream{record.Stdout, record.Stderr}

// again knows the lines of a log that come again because it was opened again.
// The engine gives the lines of a log always in one order, so what was read
// before comes first; in each stream the line that was read last is the end of it.
type again struct {
	left marks
	over [2]bool
}

// comes has the lines up to m known.
func (a *again) comes(m marks) {
	*a = again{left: m}
	for i := range m.of {
		a.over[i] = m.of[i].Count == 0
	}
}

// known says that a line was read before. Each line is asked for once, in the order of the log.
//
// When the clock had been set back before the log was opened again, lines come first that are later
// than the one read last, and older: they are known until that one comes. Should rotation
// have removed it meanwhile, what is not later than the time before the step is not read.
func (a *again) known(s record.Stream, t int64) bool {
	i := index(s)
	if a.over[i] {
		return false
	}
	m := &a.left.of[i]
	switch {
	case t == m.Time:
		m.Count--
		a.over[i] = m.Count == 0
		if a.over[i] && a.left.last == streams[i] {
			a.over = [2]bool{true, true}
		}
		return true
	case t < m.Time || t <= m.Latest:
		return true
	}
	a.over[i] = true // the line read last is not in the log any more
	if a.left.last != record.NoStream {
		a.over = [2]bool{true, true}
	}
	return false
}

// ended says that no line will come again.
func (a *again) ended() bool { return a.over[0] && a.over[1] }

// coming are the lines that are known and have not come yet.
func (a *again) coming() marks {
	left := a.left
	for i := range left.of {
		if a.over[i] {
			left.of[i] = mark{}
		}
	}
	left.last = record.NoStream
	return left
}
