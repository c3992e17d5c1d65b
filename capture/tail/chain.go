package tail

import (
	"errors"
	"slices"
)

// chain is the files of a log as they lie there, and where one segment of it is among them.
type chain struct {
	older  []sibling // the oldest first
	live   *sibling  // nil when nothing is at the path
	target string    // what the path leads to, when it is a symbolic link

	mine *sibling  // the file that holds the segment; nil when none does
	how  likeness  // same or shorter, when there is one
	wait bool      // an archive is being written that may turn out to be mine
	next []sibling // what came after the segment, the oldest first, the live file last; empty when that is mine
}

// find finds the segment of a Mark, and what came after it. held is the
// segment when it is open.
//
// Who is who is decided by identity and content, and what came after whom by
// the order of the files. Where no file holds the segment, what came after the
// one before is unread; where that is gone as well, all that was written to
// since. So what cannot be told apart is read twice, not skipped.
func (l *Log) find(m *Mark, held *segment) (chain, error) {
	c := chain{}
	all, target, err := l.scan()
	if err != nil {
		return c, err
	}
	c.older, c.target = all, target
	if n := len(all); n > 0 && all[n-1].live {
		c.older, c.live = all[:n-1], &all[n-1]
	}
	id, empty := m.id(), m.empty()
	if held != nil && !held.live {
		id = held.self // it may be a copy
	}
	mine, err := l.inFile(c.older, id, m)
	if err != nil {
		return c, err
	}
	at, err := l.boundary(c.older, mine)
	if err != nil {
		return c, err
	}
	i := slices.IndexFunc(c.older, func(s sibling) bool { return s.path == mine })
	if i >= 0 && held == nil && id.born == 0 {
		earlier, err := l.mayBeEarlier(c.older[:i], at, m)
		if err != nil {
			return c, err
		}
		if earlier {
			i = -1
		}
	}
	switch {
	case i >= 0:
		c.hold(i, same)
	case !empty:
		if err := l.search(&c, at, id, m); err != nil {
			return c, err
		}
	}
	return c, l.after(&c, at, m)
}

// hold says that the file at i of the older ones is the one.
func (c *chain) hold(i int, how likeness) { c.mine, c.how = &c.older[i], how }

// liveIs says that the live file is the one of id: a segment that was written
// to it, and is not there any more, was truncated.
func (c *chain) liveIs(id identity) bool { return c.live != nil && c.live.id.is(id) }

// copied says that a segment lies in a copy of the file id, which is the live
// one and was truncated: a copy is younger than what it is made from.
func (c *chain) copied(s *segment, id identity) bool {
	return !s.live && !s.self.is(id) && c.liveIs(id) && s.self.follows(c.live.id)
}

// boundary arranges the older files and is where the segment before lies, -1
// when it is not there. mine is the path of the one after it, where that is known.
func (l *Log) boundary(older []sibling, mine string) (int, error) {
	if l.before == nil {
		arrange(older, "", mine)
		return -1, nil
	}
	m := &l.before.Mark
	path, err := l.inFile(older, m.id(), m)
	if err != nil {
		return -1, err
	}
	arrange(older, path, mine)
	part := -1
	for i, s := range older {
		if path != "" && s.path == path {
			return i, nil
		}
		if path != "" || s.odd || m.empty() {
			continue
		}
		// What cannot be read is not it: if it matters, reading it will say so.
		switch k, err := l.compareWhole(s, m); {
		case errors.Is(err, errUnstable):
			return -1, err
		case err != nil:
		case k == same:
			return i, nil
		case k == shorter && part < 0 && m.Number == 0:
			part = i // positions without numbers say what was read, not what lies in the copy
		}
	}
	return part, nil
}

// search looks for content: first in the live file, then in what came after the segment before.
func (l *Log) search(c *chain, at int, id identity, m *Mark) error {
	copied, part := -1, -1
	first := true // of those with content that came after the segment before: a copy cannot be any other
	var unreadable error
	for i := at + 1; i < len(c.older); i++ {
		s := c.older[i]
		if s.odd || l.isLate(s.id) {
			continue
		}
		switch k, err := l.compare(s, m); {
		case errors.Is(err, errUnstable):
			return err
		case err != nil:
			unreadable = err
		case k == unknown:
			c.wait = true
		case k == same && copied < 0:
			copied = i
		case k == shorter && first && c.liveIs(m.id()):
			part = i
		}
		first = first && (l.isOld(s, at) || !l.hasContent(s))
	}
	if c.live != nil {
		ok, err := l.liveHolds(c, copied, id, m)
		if err != nil {
			return err
		}
		if ok {
			c.mine, c.how, c.wait = c.live, same, false
			return nil
		}
	}
	switch {
	case copied >= 0:
		c.hold(copied, same)
	case c.wait:
	case part >= 0:
		c.hold(part, shorter)
	default:
		return unreadable
	}
	return nil
}

// liveHolds says that the live file holds the segment of m. It may look so
// when it was truncated and begins as before; then the copy has what it has
// not. And it may be another file than it was, when somebody has replaced it by
// one with the same content and more: that is believed when the content is long
// enough not to be alike by chance.
func (l *Log) liveHolds(c *chain, copied int, id identity, m *Mark) (bool, error) {
	g, err := l.openSibling(*c.live)
	if err != nil {
		return false, err
	}
	defer g.close()
	k, err := g.like(m)
	switch {
	case err != nil || k != same:
		return false, err
	case !g.self.is(id) && !g.self.is(m.id()):
		return copied < 0 && m.Prefix.Len == prefixLen, nil
	case copied < 0:
		return true, nil
	}
	return l.copying(g, c.older[copied])
}

// copying says that a file is, or was, copied from the live one, which was not truncated since.
func (l *Log) copying(live *segment, s sibling) (bool, error) {
	// An empty file of the same moment is rather one that was renamed, and may be written to late.
	if !s.id.follows(live.self) || s.size == 0 && s.id.born == live.self.born {
		return false, nil
	}
	g, err := l.openSibling(s)
	if err != nil {
		return false, err
	}
	defer g.close()
	return live.contains(g), nil
}

// after fills in what came after the segment, or after the one before where no file holds it.
func (l *Log) after(c *chain, at int, m *Mark) error {
	from := at + 1
	switch {
	case c.mine != nil && c.mine.live:
		return nil
	case c.mine != nil && !c.mine.odd:
		from = 1 + slices.IndexFunc(c.older, func(s sibling) bool { return s.path == c.mine.path })
	}
	for i := from; i < len(c.older); i++ {
		s := c.older[i]
		if s.odd || c.mine == nil && l.isOld(s, at) || l.isLate(s.id) {
			continue
		}
		if packed, err := l.isLatePacked(c.older, i); err != nil {
			return err
		} else if !packed {
			c.next = append(c.next, s)
		}
	}
	if err := l.dropCopying(c); err != nil {
		return err
	}
	if err := l.dropPacked(c, m); err != nil {
		return err
	}
	if c.live != nil {
		c.next = append(c.next, *c.live)
	}
	return nil
}

// isOld says that a file was last written to before the end of the segment
// before, whose place in the order is at: where that is gone, only time can tell.
func (l *Log) isOld(s sibling, at int) bool {
	return at < 0 && l.before != nil && s.time < l.before.Time
}

// dropCopying leaves out the newest of the older files when it is a copy of the live one that is still being made.
func (l *Log) dropCopying(c *chain) error {
	n := len(c.next)
	if n == 0 || c.next[n-1].path != c.older[len(c.older)-1].path {
		return nil
	}
	ok, err := l.beingCopied(c)
	if ok && !l.isWhole(c.next[n-1]) {
		c.next = c.next[:n-1]
	}
	return err
}

// beingCopied says that the newest of the older files is a copy of the live one, which was not truncated since.
func (l *Log) beingCopied(c *chain) (bool, error) {
	if c.live == nil || len(c.older) == 0 {
		return false, nil
	}
	live, err := l.openSibling(*c.live)
	if err != nil {
		return false, err
	}
	defer live.close()
	return l.copying(live, c.older[len(c.older)-1])
}

// dropPacked leaves out the archive that the segment of m, which has been read
// to its end, is being packed into under another name, or that it came from.
// Where the segment lies under a name of rotation, that can only be one of the same name without the ending.
func (l *Log) dropPacked(c *chain, m *Mark) error {
	for len(c.next) > 0 && c.next[0].archive && !m.empty() {
		if c.mine != nil && !c.mine.odd && plainName(c.mine.path) != plainName(c.next[0].path) {
			return nil
		}
		s, err := l.openSibling(c.next[0])
		if err != nil {
			return err
		}
		again := false
		if k, err := s.like(m); s.archive != nil && err == nil && k == same {
			end, err := s.end()
			again = err == nil && end == m.Offset
		}
		s.close()
		if !again {
			return nil
		}
		c.next = c.next[1:]
	}
	return nil
}
