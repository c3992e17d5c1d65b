package tail

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"time"
)

// late is a segment that was renamed and read to its end, and that its writer may not have let go of.
type late struct {
	seg    *segment
	before *Mark // the segment before one that was empty
	until  time.Time
}

// mark is the place back bytes before the one that reading has come to.
func (o *late) mark(back int64) Late {
	m := Late{Mark: o.seg.mark(back)}
	if m.empty() {
		m.Before = o.before
	}
	return m
}

const (
	mostLate  = 4                     // descriptors
	lateEvery = 50 * time.Millisecond // how often late ones are looked at while the current one has more and more
)

// retire keeps a segment for late lines.
func (l *Log) retire(s *segment) {
	s.live = false
	old := &late{seg: s, until: l.opt.Now().Add(l.opt.Grace)}
	if s.empty() && l.before != nil {
		old.before = &l.before.Mark
	}
	l.late = append(l.late, old)
	for i := 0; len(l.late) > mostLate && i < len(l.late); {
		if s := l.late[i].seg; s.size() > s.offset {
			i++
			continue
		}
		l.drop(l.late[i])
	}
}

// isLate says that a file is one of those that are kept for late lines.
func (l *Log) isLate(id identity) bool {
	return slices.ContainsFunc(l.late, func(o *late) bool { return o.seg.self == id })
}

// isLatePacked says that a file is an archive that one of those was packed into.
func (l *Log) isLatePacked(s sibling) (bool, error) {
	if !s.archive || len(l.late) == 0 {
		return false, nil
	}
	g, err := l.openSibling(s)
	if err != nil {
		return false, err
	}
	defer g.close()
	head, own := make([]byte, prefixLen), make([]byte, prefixLen)
	n, _ := g.content().ReadAt(head, 0)
	return n > 0 && slices.ContainsFunc(l.late, func(o *late) bool {
		if k, _ := o.seg.content().ReadAt(own, 0); !bytes.Equal(own[:k], head[:n]) {
			return false
		}
		m := o.seg.mark(0)
		k, err := g.like(&m)
		return o.seg.empty() || err == nil && k == same
	}), nil
}

func (l *Log) drop(old *late) {
	old.seg.close()
	l.late = slices.DeleteFunc(l.late, func(o *late) bool { return o == old })
	if l.reading == old {
		l.reading = nil
	}
}

// lateDue looks for late lines, and says that Read has to go over to them now.
// It waits for the end of a line, as long as it may: no line is to be torn.
func (l *Log) lateDue() bool {
	now := l.opt.Now()
	if d := now.Sub(l.polled); d >= 0 && d < lateEvery {
		return false
	}
	l.polled = now
	for i := 0; i < len(l.late); {
		old := l.late[i]
		over := !now.Before(old.until)
		switch {
		case old.seg.size() > old.seg.offset || old.seg.archive != nil:
			if l.inLine && !over {
				l.cut = true
				i++
				continue
			}
			l.reading, l.cut = old, false
			return true
		case over:
			l.drop(old)
		default:
			i++
		}
	}
	return false
}

// readLate reads from a late segment until its end, and lets a line that has begun there come to its own.
func (l *Log) readLate(buf []byte) (int, error) {
	old := l.reading
	n, err := old.seg.read(buf)
	if n > 0 {
		old.seg.note(buf[:n])
		l.waiting = time.Time{}
		return n, nil
	}
	if err == nil && !old.seg.complete() && old.seg.archive == nil && !l.waited() {
		return 0, io.EOF
	}
	l.reading, l.waiting = nil, time.Time{}
	if err != nil || old.seg.archive != nil || !l.opt.Now().Before(old.until) {
		l.drop(old) // truncated, packed or over
	}
	return 0, l.end(false)
}

// reopenLate finds the segments that were kept for late lines when the wanted
// position was taken. What is gone had nothing that anybody knows of.
func (l *Log) reopenLate() error {
	if len(l.want.Late) == 0 || len(l.late) > 0 {
		return nil
	}
	all, _, err := l.scan()
	if err != nil {
		return err
	}
	if n := len(all); n > 0 && all[n-1].live {
		all = all[:n-1]
	}
	if _, err := l.boundary(all, ""); err != nil {
		return err
	}
	var found []*late
	from := 0
	for i := range l.want.Late {
		m := &l.want.Late[i]
		at, err := l.indexLate(all, from, m)
		if err != nil {
			return err
		}
		if at < 0 || slices.ContainsFunc(found, func(o *late) bool { return o.seg.self == all[at].id }) {
			continue
		}
		from = at + 1
		s, err := l.openSibling(all[at])
		if err != nil {
			return err
		}
		if s.seek(m.Offset) != nil {
			s.close()
			continue
		}
		if s.archive != nil {
			s.id = m.id()
		}
		found = append(found, &late{s, m.Before, l.opt.Now().Add(l.opt.Grace)})
	}
	l.late = found
	return nil
}

// indexLate is where a late segment lies in all, -1 when it is not there: in
// its own file, or in an archive in all[from:].
func (l *Log) indexLate(all []sibling, from int, m *Late) (int, error) {
	path, err := l.inFile(all, m.id(), &m.Mark)
	if err != nil || path != "" {
		return slices.IndexFunc(all, func(s sibling) bool { return s.path == path }), err
	}
	if m.empty() {
		return l.indexBehind(all, m)
	}
	return l.indexOf(all, from, &m.Mark)
}

// indexOf is the first of all[from:] that holds the segment of m, -1 when none does.
func (l *Log) indexOf(all []sibling, from int, m *Mark) (int, error) {
	for i := from; i < len(all); i++ {
		if all[i].odd {
			continue
		}
		if k, err := l.compare(all[i], m); err == nil && k == same {
			return i, nil
		} else if errors.Is(err, errUnstable) {
			return -1, err
		}
	}
	return -1, nil
}

// indexBehind is where a segment lies that was empty, and has been packed
// since: behind the one before it, when nothing else is known of what lies there.
func (l *Log) indexBehind(all []sibling, m *Late) (int, error) {
	at := 0
	if m.Before != nil {
		path, err := l.inFile(all, m.Before.id(), m.Before)
		if err != nil {
			return -1, err
		}
		at = slices.IndexFunc(all, func(s sibling) bool { return s.path == path })
		if path == "" {
			if at, err = l.indexOf(all, 0, m.Before); err != nil {
				return -1, err
			}
		}
		if at++; at == 0 {
			return -1, nil
		}
	}
	known := []*Mark{&l.want.Mark}
	if l.want.Before != nil {
		known = append(known, &l.want.Before.Mark)
	}
	for i := range l.want.Late {
		known = append(known, &l.want.Late[i].Mark)
	}
	if at >= len(all) || all[at].odd || !all[at].archive {
		return -1, nil
	}
	for _, o := range known {
		if o.empty() {
			continue
		}
		if k, err := l.compare(all[at], o); err != nil || k != differs {
			return -1, err
		}
	}
	return at, nil
}
