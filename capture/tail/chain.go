package tail

import (
	"errors"
	"io/fs"
	"slices"
)

// chain is where a segment lies among the files, and what came after it.
type chain struct {
	mine   sibling
	how    likeness  // same or shorter when mine was found, differs when not
	next   []sibling // the unread ones, the oldest first, the live one last
	live   *sibling  // nil when nothing is at the path
	target string    // what the path leads to, when it is a symbolic link
	alone  bool      // nothing else has a name like the log's
	wait   bool      // an archive is being written that may turn out to be mine
}

// find finds the segment of a Mark, and what came after it. held is the
// segment when it is open. gone says that the live file does not hold it any more.
//
// Who is who is decided by content. Where that fails, the segment before, whose
// end is known too, says what is newer; where that is gone as well, all that
// was written to since is. So what cannot be told apart is read twice, not skipped.
func (l *Log) find(m *Mark, held *segment, gone bool) (chain, error) {
	all, target, err := l.scan()
	if err != nil {
		return chain{}, err
	}
	c := chain{target: target, alone: len(all) < 2}
	if n := len(all); n > 0 && all[n-1].live {
		c.live = &all[n-1]
	}
	// While it is open no other file can have its inode.
	if held != nil && !gone {
		i := slices.IndexFunc(all, func(s sibling) bool { return s.id == held.self })
		if i >= 0 {
			c.mine, c.how = all[i], same
			arrange(all, l.beforeByID(all), c.mine.path)
			c.next = unread(all, slices.IndexFunc(all, func(s sibling) bool { return s.path == c.mine.path }))
			return c, nil
		}
	}
	before := l.beforeByID(all)
	arrange(all, before, l.mineByID(all, m))
	at, err := l.indexBefore(all, before)
	if err != nil {
		return chain{}, err
	}
	if at < 0 && l.before != nil {
		all = slices.DeleteFunc(all, func(s sibling) bool { return !s.live && !s.odd && s.time <= l.before.Time })
	}
	mine := -1
	if !m.empty() {
		if mine, c.how, c.wait, err = l.indexMine(all, max(at, 0), m, gone); err != nil {
			return chain{}, err
		}
	}
	if mine >= 0 {
		c.mine = all[mine]
		if !c.mine.odd {
			at = mine
		}
	}
	c.next = unread(all, at)
	return c, nil
}

// unread are the segments behind the one at i.
func unread(all []sibling, i int) []sibling {
	return slices.DeleteFunc(slices.Clone(all[i+1:]), func(s sibling) bool { return s.odd })
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

// beforeByID is the path of the segment before, when it still is in its own file.
func (l *Log) beforeByID(all []sibling) string {
	if l.before == nil {
		return ""
	}
	return l.mineByID(all, &l.before.Mark)
}

// mineByID is the path of a Mark's segment, when it still is in its own file, and that has been renamed.
func (l *Log) mineByID(all []sibling, m *Mark) string {
	if m.empty() {
		return ""
	}
	for _, s := range all {
		if s.id == m.id() && !s.live && !s.archive {
			if k, err := l.compare(s, m); err == nil && k == same {
				return s.path
			}
		}
	}
	return ""
}

// indexBefore is where the segment before lies, -1 when it is not there.
// What cannot be read is not it: if it matters, reading it will say so.
func (l *Log) indexBefore(all []sibling, path string) (int, error) {
	if l.before == nil {
		return -1, nil
	}
	part := -1
	for i, s := range all {
		if s.path == path {
			return i, nil
		}
		if s.live || s.odd {
			continue
		}
		if l.before.empty() { // it could not be read
			if s.id == l.before.id() {
				return i, nil
			}
			continue
		}
		k, err := l.compare(s, &l.before.Mark)
		switch {
		case errors.Is(err, errUnstable):
			return -1, err
		case err != nil:
		case k == same:
			return i, nil
		case k == shorter && part < 0:
			part = i
		}
	}
	return part, nil
}

// indexMine is where the segment of m lies in all[from:], or under an odd name; -1 when it is not there.
func (l *Log) indexMine(all []sibling, from int, m *Mark, gone bool) (at int, how likeness, wait bool, err error) {
	copied, part := -1, -1
	var unreadable error
	for i, s := range all {
		if s.live || i < from && !s.odd || s.odd && s.id != m.id() {
			continue
		}
		k, err := l.compare(s, m)
		switch {
		case errors.Is(err, errUnstable):
			return -1, differs, false, err
		case err != nil:
			unreadable = err
		case k == unknown:
			wait = true
		case k == same && s.id == m.id() && !s.archive:
			return i, same, false, nil
		case k == same && copied < 0:
			copied = i
		case k == shorter && part < 0:
			part = i
		}
	}
	if last := len(all) - 1; !gone && last >= 0 && all[last].live {
		ok, err := l.liveIsMine(all, copied, m)
		if err != nil {
			return -1, differs, false, err
		}
		if ok {
			return last, same, false, nil
		}
	}
	switch {
	case copied >= 0:
		return copied, same, false, nil
	case wait:
		return -1, differs, true, nil
	case part >= 0:
		return part, shorter, false, nil
	}
	return -1, differs, false, unreadable
}

// liveIsMine says that the live file, the last of all, holds the segment of m.
// It may look so when it was truncated and begins as before; then the copy has
// what it has not. And it may be another file than it was, when somebody has
// replaced it by one with the same content and more: that is believed when the
// content is long enough not to be alike by chance.
func (l *Log) liveIsMine(all []sibling, copied int, m *Mark) (bool, error) {
	g, err := l.openSibling(all[len(all)-1])
	if err != nil {
		return false, err
	}
	defer g.close()
	k, err := g.like(m)
	if err != nil || k != same {
		return false, err
	}
	if g.self != m.id() {
		return copied < 0 && m.Prefix.Len == prefixLen, nil
	}
	if copied < 0 {
		return true, nil
	}
	c, err := l.openSibling(all[copied])
	if err != nil {
		return false, err
	}
	defer c.close()
	return g.contains(c), nil
}
