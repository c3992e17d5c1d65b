package tail

import (
	"errors"
	"io"
	"slices"
	"time"
)

// late is a segment that was renamed and read to its end, and that its writer may not have let go of.
type late struct {
	seg   *segment
	until time.Time
}

const (
	mostLate  = 4                     // descriptors
	lateEvery = 50 * time.Millisecond // how often late ones are looked at while the current one has more and more
)

// retire keeps a segment for late lines.
func (l *Log) retire(s *segment) {
	s.live = false
	l.late = append(l.late, &late{s, l.opt.Now().Add(l.opt.Grace)})
	for i := 0; len(l.late) > mostLate && i < len(l.late); {
		if s := l.late[i].seg; s.archive != nil || s.size() > s.offset { // an archive is there to be read
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

// isLatePacked says that the file at i of the older ones is an archive that one
// of those was packed into. Segments may be of the same content: the archive of one is not that of two.
func (l *Log) isLatePacked(older []sibling, i int) (bool, error) {
	if !older[i].archive || len(l.late) == 0 {
		return false, nil
	}
	held, err := l.packedLate(older, i)
	if err != nil || len(held) == 0 {
		return false, err
	}
	for k := range i {
		if s := older[k]; s.archive && !s.odd && !l.isLate(s.id) && (l.cur == nil || l.cur.self != s.id) {
			same, err := l.packedLate(older, k)
			if err != nil {
				return false, err
			}
			if slices.Contains(same, held[0]) {
				held = held[1:] // that is its own
			}
			if len(held) == 0 {
				return false, nil
			}
		}
	}
	return true, nil
}

// packedLate are those of the late segments that the archive at i holds: their
// files have no name of rotation any more, or lose it now.
func (l *Log) packedLate(older []sibling, i int) ([]*late, error) {
	g, err := l.openSibling(older[i])
	if err != nil {
		return nil, err
	}
	defer g.close()
	var held []*late
	for _, o := range l.late {
		there := slices.ContainsFunc(older, func(s sibling) bool { return s.id == o.seg.self && !s.odd })
		if !there && o.packedInto(g) {
			held = append(held, o)
		}
	}
	return held, nil
}

// packedInto says that an archive holds all that the file of a late segment does, and no more.
func (o *late) packedInto(g *segment) bool {
	if o.seg.archive != nil || g.archive == nil || !o.seg.contains(g) {
		return false
	}
	size, b := o.seg.size(), make([]byte, 2)
	n, err := g.archive.ReadAt(b, max(size-1, 0))
	return size > 0 && n == 1 && err == io.EOF
}

// learnFrom makes a late segment the one before when it is, or comes after it
// because it got its first lines late.
func (l *Log) learnFrom(old *late) {
	if !old.seg.empty() && (l.before == nil || old.seg.number >= l.before.Number) {
		l.before = old.seg.asBefore()
	}
}

// drop lets a late segment go.
func (l *Log) drop(old *late) {
	l.learnFrom(old)
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
			old.seg.begun = old.seg.offset
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
	l.rememberLate(old)
	l.learnFrom(old)
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
	c := chain{older: all}
	if n := len(all); n > 0 && all[n-1].live {
		all = all[:n-1]
		c = chain{older: all, live: &c.older[n-1]}
	}
	ref, err := l.reference(&c)
	if err != nil {
		return err
	}
	var found []*late
	from := 0
	for i := range l.want.Late {
		m := &l.want.Late[i]
		at, err := l.indexLate(all, from, m, ref)
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
		s.number = m.Number
		if s.archive != nil {
			s.id = m.id()
		}
		found = append(found, &late{s, l.opt.Now().Add(l.opt.Grace)})
	}
	l.late = found
	return nil
}

// reference is where a segment lies whose number is known; at is -1 when it is not there.
type reference struct{ at, number int }

// reference arranges the older files and is the segment before the wanted one among them, or that itself.
func (l *Log) reference(c *chain) (reference, error) {
	at, err := l.boundary(c.older, "")
	if err != nil || at >= 0 {
		return reference{at, l.beforeNumber()}, err
	}
	m := &l.want.Mark
	path, err := l.inFile(c.older, m.id(), m)
	switch {
	case err != nil:
	case path != "":
		at = slices.IndexFunc(c.older, func(s sibling) bool { return s.path == path })
	case c.liveIs(m.id()):
		at = len(c.older)
	case !m.empty():
		at, err = l.indexOf(c.older, 0, m)
	}
	return reference{at, m.Number}, err
}

// beforeNumber is the number of the segment before, 0 when there is none.
func (l *Log) beforeNumber() int {
	if l.before == nil {
		return 0
	}
	return l.before.Number
}

// indexLate is where a late segment lies in all, -1 when it is not there: in
// its own file, or in an archive in all[from:].
func (l *Log) indexLate(all []sibling, from int, m *Mark, ref reference) (int, error) {
	path, err := l.inFile(all, m.id(), m)
	if err != nil || path != "" {
		return slices.IndexFunc(all, func(s sibling) bool { return s.path == path }), err
	}
	if !m.empty() {
		return l.indexOf(all, from, m)
	}
	return indexNumber(all, m.Number, ref), nil
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

// indexNumber is where a segment lies that was empty, and has been packed
// since: as far from one that is found as their numbers say, -1 when nobody knows. Files are removed
// from the oldest on, so that there is none missing in between.
func indexNumber(all []sibling, number int, ref reference) int {
	at := ref.at + number - ref.number
	if number == 0 || ref.at < 0 || at < 0 || at >= len(all) || all[at].odd || !all[at].archive {
		return -1
	}
	return at
}
