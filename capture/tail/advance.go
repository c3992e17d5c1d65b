package tail

import (
	"errors"
	"io"
	"slices"
	"time"
)

// advance goes on to the segment that follows the current one, which has been
// read to its end and is not the live one any more.
func (l *Log) advance() error {
	mark := l.cur.mark(0)
	c, err := l.find(&mark, l.cur, false)
	if err != nil {
		return err
	}
	if c.mine.live {
		return l.goOn(&c, &mark)
	}
	next, err := l.notRead(c.next, &mark, l.cur.inPlace)
	if err != nil {
		return err
	}
	if len(next) == 0 {
		// The path leads nowhere. What comes there will be seen by asking for it.
		l.cur.live = true
		return io.EOF
	}
	// The rest of a line may still be on its way to the renamed file.
	if l.inLine && !l.cur.inPlace && next[0].live && l.cur.archive == nil && !l.waited() {
		return io.EOF
	}
	return l.begin(next, &mark, c.target, l.cur.inPlace)
}

// goOn goes on in the live file that holds what the current one did: the
// current one itself, back at the path, or one that it was replaced by with the
// same content and more.
func (l *Log) goOn(c *chain, m *Mark) error {
	if c.live.id == l.cur.self {
		l.cur.live = true
		return nil
	}
	s, err := l.openFound(c, m, false)
	if err != nil {
		return err
	}
	s.live = true
	l.stats.Segments--
	l.replace(s)
	l.cur.id, l.target = s.self, c.target
	return nil
}

// replace reads the current segment from another file that holds it too.
func (l *Log) replace(s *segment) {
	l.cur.close()
	l.cur.file, l.cur.self, l.cur.info, l.cur.archive, l.cur.live = s.file, s.self, s.info, s.archive, s.live
}

// begin makes the first of next the current segment. m is the end of the one
// before, which is kept for late lines unless it lies in a copy.
func (l *Log) begin(next []sibling, m *Mark, target string, continues bool) error {
	s, err := l.openNext(next, l.cur.inPlace || continues, l.cur.id)
	if err != nil {
		return err
	}
	old := l.cur
	l.finish(old)
	if continues {
		l.steps = append(l.steps, step{*m, l.before, old.offset - old.begun})
		if len(l.steps) > mostSteps {
			l.steps = l.steps[1:]
		}
	}
	if !m.empty() {
		before := &Before{Mark: *m}
		if info, err := old.file.Stat(); err == nil {
			before.Time = info.ModTime().UnixNano()
		}
		l.before = before
	}
	if old.archive != nil || old.inPlace || continues || old.self == s.self {
		old.close()
	} else {
		l.retire(old)
	}
	l.cur, l.target, l.waiting, l.missing = s, target, time.Time{}, false
	return l.end(continues)
}

// finished is a file that has been read to its end: what looks as if it had not is not read twice.
type finished struct {
	id   identity
	size int64
	time int64
}

func finishedOf(s sibling) finished { return finished{s.id, s.size, s.time} }

// mostFinished is how many are remembered: more than the copies that are made while one is read.
const mostFinished = 16

// finish remembers the file of a segment that has been read. One that is written to once more is another one then.
func (l *Log) finish(s *segment) {
	info, err := s.file.Stat()
	if err != nil {
		return
	}
	l.finished = append(l.finished, finished{s.self, info.Size(), info.ModTime().UnixNano()})
	if len(l.finished) > mostFinished {
		l.finished = l.finished[1:]
	}
}

// openUnread opens the first of next that holds anything new; nil when there is none.
func (l *Log) openUnread(next []sibling, m *Mark, inPlace bool, id identity) (*segment, error) {
	next, err := l.notRead(next, m, inPlace)
	if err != nil {
		return nil, err
	}
	return l.openNext(next, inPlace, id)
}

// openNext opens the first of next at its beginning; nil when there is none.
// inPlace says that they are copies of what was written to the file id.
func (l *Log) openNext(next []sibling, inPlace bool, id identity) (*segment, error) {
	if len(next) == 0 {
		return nil, nil
	}
	s, err := l.openSibling(next[0])
	if err != nil {
		return nil, err
	}
	if s.live {
		s.check = true
	} else if inPlace {
		s.inPlace, s.id = true, id
	}
	l.between = sizes(next[1:])
	l.stats.Segments++
	return s, nil
}

// sizes is how many bytes there are in what lies between the current segment and the live file.
func sizes(next []sibling) int64 {
	var n int64
	for _, s := range next {
		if !s.live && !s.archive {
			n += s.size
		}
	}
	return n
}

// notRead leaves out of next what holds nothing new: the archive that the
// segment of m, which has been read to its end, is being packed into under
// another name, or that it came from; and, when rotation truncates in place, a
// copy of the live file that is still being made.
func (l *Log) notRead(next []sibling, m *Mark, inPlace bool) ([]sibling, error) {
	for len(next) > 0 && !next[0].live {
		isLate := slices.ContainsFunc(l.late, func(o *late) bool { return o.seg.self == next[0].id })
		if isLate || slices.Contains(l.finished, finishedOf(next[0])) {
			next = next[1:]
			continue
		}
		s, err := l.openSibling(next[0])
		if err != nil {
			return nil, err
		}
		again := false
		if s.archive != nil && !m.empty() {
			if k, err := s.like(m); err == nil && k == same {
				end, err := s.end()
				again = err == nil && end == m.Offset
			}
		}
		if !again && inPlace && len(next) == 2 && next[1].live {
			if live, err := l.openSibling(next[1]); err == nil {
				again = live.contains(s)
				live.close()
			}
		}
		s.close()
		if !again {
			break
		}
		next = next[1:]
	}
	return next, nil
}

// truncated goes on where the rest of the current segment is after its file
// was truncated: in the copy that was made before.
func (l *Log) truncated() error {
	mark := l.cur.mark(0)
	c, err := l.find(&mark, l.cur, true)
	if err != nil {
		return err
	}
	switch c.how {
	case same:
		s, err := l.openFound(&c, &mark, true)
		if err != nil {
			return err
		}
		l.stats.Segments--
		l.replace(s)
		l.cur.inPlace, l.waiting = true, time.Time{}
		return nil
	case shorter: // what was read is more than what was copied
		next, err := l.notRead(c.next, &mark, true)
		if err != nil {
			return err
		}
		if len(next) == 0 {
			return io.EOF
		}
		return l.begin(next, &mark, c.target, true)
	}
	// The copy may get its name only now, or there is none.
	if !c.alone && !l.waited() {
		return io.EOF
	}
	next, err := l.notRead(c.next, &mark, true)
	if err != nil {
		return err
	}
	if len(next) == 0 {
		return io.EOF
	}
	lost := max(l.cur.known-l.cur.offset, 0)
	l.cur.inPlace = true
	err = l.begin(next, &mark, c.target, false)
	if end := (SegmentEnd{}); errors.As(err, &end) {
		l.stats.Gaps++
		l.stats.Truncated += uint64(lost)
	}
	return err
}

// unfinished waits for the rest of an archive, and gives it up when it does not come.
func (l *Log) unfinished(cause error) error {
	s := l.cur
	if errors.Is(cause, errUnfinished) {
		info, err := s.file.Stat()
		if err != nil {
			return err
		}
		if info.Size() != s.info.Size() {
			s.info, l.waiting = info, time.Time{}
			s.archive.close() // it stays at its error: it has to begin again
			l.waited()
			return nil
		}
		if !l.waited() {
			return io.EOF
		}
	}
	s.archive.ended = true
	l.waiting = time.Time{}
	l.stats.Damaged++
	return ErrPartArchive
}
