package tail

import (
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
		if s := l.late[i].seg; s.size() > s.offset {
			i++
			continue
		}
		l.drop(l.late[i])
	}
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

// reopenLate finds the segments that were kept for late lines when the
// position was taken. What is gone had nothing that anybody knows of.
func (l *Log) reopenLate(marks []Mark) error {
	if len(marks) == 0 {
		return nil
	}
	all, _, err := l.scan()
	if err != nil {
		return err
	}
	arrange(all, "", "")
	until := l.opt.Now().Add(l.opt.Grace)
	for i := range marks {
		m := &marks[i]
		if !m.valid() || m.empty() {
			continue
		}
		at, how, _, err := l.indexMine(all, 0, m, true)
		if err != nil {
			return err
		}
		if at < 0 || how != same {
			continue
		}
		s, err := l.openSibling(all[at])
		if err != nil {
			return err
		}
		if err := s.seek(m.Offset); err != nil || l.cur != nil && s.self == l.cur.self {
			s.close()
			continue
		}
		if s.archive != nil {
			s.id = m.id()
		}
		l.late = append(l.late, &late{s, until})
	}
	return nil
}
