package tail

import (
	"errors"
	"io/fs"
	"slices"
)

// openOlder opens a log that has no position in one of its older segments. It
// says no when reading begins in the live file, as without Start.Older.
func (l *Log) openOlder(start Start) (bool, error) {
	// As ever, the path has to lead to a file that may be read, or nowhere.
	switch live, err := open(l.path, l.scratch); {
	case err == nil:
		live.close()
	case !errors.Is(err, fs.ErrNotExist):
		return false, err
	}
	c, err := l.whole()
	if err != nil {
		return false, err
	}
	all := c.next
	from, offset, err := l.firstOf(all, start)
	if err != nil || from == len(all) || all[from].live {
		return false, err
	}
	s, err := l.openSibling(all[from])
	if err != nil {
		return false, err
	}
	l.cur, s.number = s, 2
	if c.hasCopies() && c.copied(s, c.live.id) {
		s.inPlace, s.id = true, c.live.id
	}
	if err := l.learnBefore(all[:from]); err != nil {
		return false, err
	}
	l.between = sizes(all[from+1:])
	l.stats.Segments++
	return true, s.seek(offset)
}

// whole is all segments of the log in order, as what comes next; a copy of the live file that is being made is not among them.
func (l *Log) whole() (*chain, error) {
	all, target, err := l.scan()
	if err != nil {
		return nil, err
	}
	l.target = target
	c := chain{older: all}
	if n := len(all); n > 0 && all[n-1].live {
		c.older, c.live = all[:n-1], &all[n-1]
	}
	arrange(c.older, "", "")
	return &c, l.after(&c, -1, &Mark{})
}

// hasCopies says that the log is copied and truncated: an older segment lies in
// a file that is younger than the live one. Archives are that in every log.
func (c *chain) hasCopies() bool {
	return c.live != nil && c.live.id.born != 0 && slices.ContainsFunc(c.older, func(s sibling) bool {
		return !s.odd && !s.archive && s.id.born > c.live.id.born
	})
}

// firstOf is the segment that reading begins in, len(all) when it is none of them, and where in it.
func (l *Log) firstOf(all []sibling, start Start) (from int, offset int64, err error) {
	switch start.From {
	case Since:
		for from < len(all) && all[from].time < start.Since.UnixNano() {
			from++
		}
		return from, 0, nil
	case LastLines:
		return l.lastOf(all, start.Lines)
	}
	return 0, 0, nil
}

// lastOf is where the last n lines of all begin.
func (l *Log) lastOf(all []sibling, n int) (from int, offset int64, err error) {
	from = len(all)
	for from > 0 && n > 0 {
		from--
		var lines int
		offset, lines, err = l.lastIn(all[from], n)
		if err != nil {
			return 0, 0, err
		}
		n -= lines
	}
	return from, offset, nil
}

// lastIn is where the last n lines of a file begin, and how many there are. One that may not be read has none.
func (l *Log) lastIn(f sibling, n int) (offset int64, lines int, err error) {
	s, err := l.openSibling(f)
	if errors.Is(err, fs.ErrPermission) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	defer s.close()
	if s.archive != nil {
		offset, lines = lastPacked(s, n)
		return offset, lines, nil
	}
	return lastLines(s, s.size(), n)
}
