package tail

import (
	"errors"
	"io"
	"time"
)

// advance goes on to the segment that follows the current one, which has been
// read to its end and is not the live one any more.
func (l *Log) advance() error {
	mark := l.cur.mark(0)
	c, err := l.find(&mark, l.cur)
	if err != nil {
		return err
	}
	if c.mine != nil && c.mine.live {
		return l.goOn(&c, &mark)
	}
	if len(c.next) == 0 {
		// The path leads nowhere. What comes there will be seen by asking for it.
		l.cur.live = true
		return io.EOF
	}
	continues := l.continues(&c)
	// The rest of a line may still be on its way to the renamed file. Where
	// nobody knows when files were created, one that was truncated looks like a new one.
	if l.inLine && c.next[0].live && l.cur.archive == nil && (!continues || l.cur.id.born == 0) && !l.waited() {
		return io.EOF
	}
	return l.begin(&c, continues)
}

// continues says that what comes after the current segment was written to the
// same file, after it was truncated.
func (l *Log) continues(c *chain) bool {
	return l.cur.inPlace && (c.live == nil || c.liveIs(l.cur.id))
}

// goOn goes on in the live file that holds what the current one did: the
// current one itself, back at the path, or one that it was replaced by with the
// same content and more.
func (l *Log) goOn(c *chain, m *Mark) error {
	if c.live.id == l.cur.self {
		l.cur.live = true
		return nil
	}
	s, err := l.openFound(c, m)
	if err != nil {
		return err
	}
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

// begin makes the first of c.next the current segment. The one before it is
// kept for late lines unless it lies in a copy.
func (l *Log) begin(c *chain, continues bool) error {
	before, err := l.beforeNext(c)
	if err != nil {
		return err
	}
	s, err := l.openNext(c, l.cur.id)
	if err != nil {
		return err
	}
	s.number = nextNumber(l.cur.number)
	old := l.cur
	l.remember(l.stretch())
	if old.archive != nil || old.inPlace || continues || old.self == s.self {
		old.close()
	} else {
		l.retire(old)
	}
	l.before = before
	l.cur, l.target, l.waiting, l.missing = s, c.target, time.Time{}, false
	return l.end(continues)
}

// beforeNext is what c.next comes after: the file that holds the current
// segment, as it lies there. When none does, the one before stays, which is
// easier to find again; unless the current one is still open under no name.
func (l *Log) beforeNext(c *chain) (*Before, error) {
	switch {
	case l.cur.empty() && !l.cur.damaged():
		return l.before, nil // it may be found by nothing but its identity
	case c.mine != nil && c.how == shorter:
		s, err := l.openSibling(*c.mine)
		if err != nil {
			return nil, err
		}
		defer s.close()
		end, err := s.end()
		if err == nil {
			err = s.seek(end)
		}
		if err != nil {
			return nil, err
		}
		s.number = l.cur.number
		return s.asBefore(), nil
	case c.mine == nil && l.cur.live:
		return l.before, nil
	}
	return l.cur.asBefore(), nil
}

// openNext opens the first of c.next at its beginning. id is the file that the segment before it was written to.
func (l *Log) openNext(c *chain, id identity) (*segment, error) {
	s, err := l.openSibling(c.next[0])
	if err != nil {
		return nil, err
	}
	if c.copied(s, id) {
		s.inPlace, s.id = true, id
	}
	l.between = sizes(c.next[1:])
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

// truncated goes on where the rest of the current segment is after its file
// was truncated: in the copy that was made before.
func (l *Log) truncated() error {
	mark := l.cur.mark(0)
	c, err := l.find(&mark, l.cur)
	if err != nil {
		return err
	}
	return l.leave(&c, &mark)
}

// leave goes on from a segment whose file was truncated.
func (l *Log) leave(c *chain, m *Mark) error {
	switch {
	case c.mine != nil && c.mine.live:
		return io.EOF // it is as it was again
	case c.mine != nil && c.how == same:
		s, err := l.openFound(c, m)
		if err != nil {
			return err
		}
		l.stats.Segments--
		l.replace(s)
		l.cur.inPlace, l.waiting = true, time.Time{}
		return nil
	case len(c.next) == 0:
		return io.EOF
	case c.mine != nil: // what was read is more than what was copied
		return l.begin(c, true)
	}
	// The copy may get its name only now, or there is none.
	if len(c.older) > 0 && !l.waited() {
		return io.EOF
	}
	lost := max(l.cur.known-l.cur.offset, 0)
	err := l.begin(c, false)
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
