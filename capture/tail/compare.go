package tail

import (
	"errors"
	"io"
	"io/fs"
)

// hasContent says that there is something to read in a file, or that nobody knows.
func (l *Log) hasContent(s sibling) bool {
	if !s.archive {
		return s.size > 0
	}
	g, err := l.openSibling(s)
	if err != nil {
		return true
	}
	defer g.close()
	n, err := g.content().ReadAt(make([]byte, 1), 0)
	return n > 0 || err != io.EOF
}

// compare says what a file has to do with a Mark. A file that has gone since it was listed makes errUnstable.
func (l *Log) compare(s sibling, m *Mark) (likeness, error) {
	g, err := l.openSibling(s)
	if err != nil {
		return differs, err
	}
	defer g.close()
	return g.like(m)
}

// inFile is the path of a segment that lies in its own file under another name; "" when it does not.
func (l *Log) inFile(older []sibling, id identity, m *Mark) (string, error) {
	for _, s := range older {
		if !s.id.is(id) {
			continue
		}
		if m.empty() {
			return s.path, nil
		}
		if s.archive && l.cur != nil && l.cur.self == s.id {
			return s.path, nil // nobody truncates it, and it may be damaged
		}
		switch k, err := l.compare(s, m); {
		case errors.Is(err, errUnstable):
			return "", err
		case err == nil && k == same:
			return s.path, nil
		}
	}
	return "", nil
}

// mayBeEarlier says that one of the files that come before the one of a Mark's
// inode, and after the segment before, which is at the place at, may hold its
// segment: where nobody knows when the Mark's file was created, it may have been
// removed, and a later one may have got its inode. Of a segment that nothing was
// read of, any with content may be it.
func (l *Log) mayBeEarlier(older []sibling, at int, m *Mark) (bool, error) {
	for i := at + 1; i < len(older); i++ {
		s := older[i]
		if s.odd || l.isOld(s, at) || l.isLate(s.id) {
			continue
		}
		if m.empty() {
			if l.hasContent(s) {
				return true, nil
			}
			continue
		}
		if k, err := l.compare(s, m); errors.Is(err, errUnstable) {
			return false, err
		} else if err == nil && k == same {
			return true, nil
		}
	}
	return false, nil
}

// isWhole says that a file is a small archive with an end: one of a renamed
// segment may begin as the live file does, and is rather read twice than never.
func (l *Log) isWhole(s sibling) bool {
	if !s.archive {
		return false
	}
	g, err := l.openSibling(s)
	if err != nil {
		return false
	}
	defer g.close()
	n, err := g.content().ReadAt(make([]byte, probeLen), 0)
	return n > 0 && err == io.EOF
}

// compareWhole says what a file has to do with a Mark at the end of a segment:
// what holds more than that and has another identity begins like it, and is another.
func (l *Log) compareWhole(s sibling, m *Mark) (likeness, error) {
	g, err := l.openSibling(s)
	if err != nil {
		return differs, err
	}
	defer g.close()
	k, err := g.like(m)
	if err != nil || k != same || m.Anchor.Len == 0 || m.Number == 0 {
		return k, err
	}
	if n, _ := g.content().ReadAt(make([]byte, 1), m.Anchor.End); n > 0 {
		return differs, nil
	}
	return same, nil
}

// openSibling opens what was listed, and nothing that has taken its name since.
func (l *Log) openSibling(s sibling) (*segment, error) {
	g, err := open(s.path, l.scratch)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errUnstable
	}
	if err != nil {
		return nil, err
	}
	if g.self != s.id {
		g.close()
		return nil, errUnstable
	}
	g.live = s.live
	return g, nil
}
