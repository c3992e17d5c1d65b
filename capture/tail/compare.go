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
