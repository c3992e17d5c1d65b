package tail

import (
	"errors"
	"io"
	"io/fs"
	"time"
)

// openNew opens a log that has no position.
func (l *Log) openNew(start Start) error {
	if start.Older && start.From != End {
		if begun, err := l.openOlder(start); begun || err != nil {
			return err
		}
	}
	s, err := open(l.path, l.scratch)
	if err != nil {
		return err
	}
	l.cur = s
	s.live, s.number = true, 2
	// The file is known first, and what is older after it: what is rotated in between is ours.
	if l.target, err = l.follow(); err != nil {
		return err
	}
	all, _, err := l.scan()
	if err != nil {
		return err
	}
	arrange(all, "", "")
	if err := l.learnBefore(all); err != nil {
		return err
	}
	size := s.size()
	var offset int64
	switch {
	case start.From == End, start.From == Since && s.info.ModTime().Before(start.Since):
		offset, _, err = lastLines(s, size, 0)
	case start.From == LastLines:
		offset, _, err = lastLines(s, size, start.Lines)
	}
	if err != nil {
		return err
	}
	l.stats.Segments++
	return s.seek(offset)
}

// learnBefore takes the last of all, which is in order, as the segment that came
// before. A copy of the live file that is being made is not one.
func (l *Log) learnBefore(all []sibling) error {
	for i := len(all) - 1; i >= 0; i-- {
		s := all[i]
		if s.live || s.odd || s.size == 0 || s.id == l.cur.self {
			continue
		}
		g, err := l.openSibling(s)
		if errors.Is(err, errUnstable) {
			return err
		}
		if err != nil {
			l.before = &Before{Mark{Device: s.id.device, Inode: s.id.inode, Born: s.id.born}, s.time} // unreadable: told by its time
			return nil
		}
		if l.cur.live && s.id.follows(l.cur.self) && l.cur.contains(g) {
			g.close()
			continue
		}
		if s.archive {
			err = g.seek(0) // its end would cost decompressing all of it
		} else {
			err = g.seek(g.size())
		}
		g.number = 1
		before := g.asBefore()
		g.close()
		if err == nil && !before.empty() {
			l.before = before
			return nil
		}
	}
	return nil
}

// openArchive opens an archive that the path names. It says no when what is there is none.
func (l *Log) openArchive(p *Position, err *error) bool {
	s, e := open(l.path, l.scratch)
	if e != nil {
		*err = e
		return false
	}
	if s.archive == nil {
		s.close()
		return false
	}
	l.cur, l.once = s, true
	l.stats.Segments++
	if p == nil || p.empty() {
		return true
	}
	k, e := s.like(&p.Mark)
	if e == nil && k == same {
		e = s.seek(p.Offset)
	}
	if e != nil || k != same {
		// Another archive: it is read from its beginning, where a damaged one will tell.
		s.archive.close()
		_ = s.seek(0)
	}
	return true
}

// openAt opens a log where it was left.
func (l *Log) openAt(p *Position) error {
	if !p.valid() {
		return errors.New("position of " + l.path + " is damaged")
	}
	want := *p
	l.want, l.before, l.target = &want, p.Before, p.Target
	if err := l.resume(); err != nil && err != io.EOF {
		return err
	}
	return nil
}

// resume finds the segment that is wanted. io.EOF: not now.
func (l *Log) resume() error {
	err := l.resumeNow()
	if errors.Is(err, errUnstable) {
		return io.EOF
	}
	return err
}

func (l *Log) resumeNow() error {
	if err := l.reopenLate(); err != nil {
		return err
	}
	m := &l.want.Mark
	c, err := l.find(m, nil)
	if err != nil {
		return err
	}
	var s *segment
	switch {
	case c.mine != nil:
		s, err = l.openFound(&c, m)
	case (c.wait || c.liveIs(m.id()) && len(c.older) > 0 && !m.empty()) && !l.waited():
		return io.EOF // a copy may get its name only now
	case len(c.next) == 0:
		return &fs.PathError{Op: "open", Path: l.path, Err: fs.ErrNotExist}
	default:
		s, err = l.openNext(&c, m.id())
		if err == nil && !m.empty() {
			l.stats.Gaps++
			s.number = nextNumber(m.Number)
		} else if err == nil {
			s.number = m.Number
		}
	}
	if err != nil {
		return err
	}
	l.cur, l.want, l.target, l.waiting = s, nil, c.target, time.Time{}
	return nil
}

// openFound opens the file that holds the segment of m at the place that m says.
func (l *Log) openFound(c *chain, m *Mark) (*segment, error) {
	s, err := l.openSibling(*c.mine)
	if err != nil {
		return nil, err
	}
	offset := m.Offset
	if c.how == shorter {
		offset, err = s.end()
	}
	if err == nil {
		err = s.seek(offset)
	}
	if err != nil {
		s.close()
		if errors.Is(err, errTruncated) {
			return nil, errUnstable
		}
		return nil, err
	}
	if !s.live && !s.self.is(m.id()) {
		s.inPlace, s.id = c.copied(s, m.id()), m.id()
	}
	s.number = m.Number
	if m.Way.End <= s.offset {
		s.way = m.Way
	}
	l.between = sizes(c.next)
	l.stats.Segments++
	return s, nil
}
