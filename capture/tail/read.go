package tail

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"time"
)

// Read reads what comes next into buf, never from two segments in one call.
//
// io.EOF says that there is nothing more for now. A SegmentEnd says that the
// segment is finished. Every other error leaves the Log as it was, except
// ErrPartArchive, which says that the rest of an archive is given up and
// counted. Read may be called again after each of them.
func (l *Log) Read(buf []byte) (int, error) {
	n, err := l.read(buf)
	if errors.Is(err, errUnstable) {
		return 0, io.EOF
	}
	return n, err
}

func (l *Log) read(buf []byte) (int, error) {
	switch {
	case l.closed:
		return 0, fs.ErrClosed
	case len(buf) == 0:
		return 0, io.ErrShortBuffer
	}
	for checks := 0; ; {
		if l.cur == nil {
			if err := l.resume(); err != nil {
				return 0, err
			}
		}
		if l.reading != nil {
			return l.readLate(buf)
		}
		if len(l.late) > 0 && l.lateDue() {
			return 0, l.end(false)
		}
		n, err := l.cur.read(buf)
		if n > 0 {
			if l.cur.live && l.cur.offset < prefixLen && checks < mostChecks {
				checks++
				if ok, err := l.stillLive(); err != nil {
					return 0, err
				} else if !ok {
					continue
				}
			}
			return l.give(buf[:n]), nil
		}
		switch {
		case err == errTruncated:
			err = l.truncated()
		case err != nil && l.cur.archive != nil:
			err = l.unfinished(err)
		case err != nil:
		case l.once:
			l.done = true
			err = io.EOF
		case l.cur.live:
			err = l.atEnd()
		default:
			err = l.advance()
		}
		if err != nil {
			return 0, err
		}
	}
}

// mostChecks bounds how often a Read goes back to something older: files that
// change under it must not keep it from reading anything.
const mostChecks = 8

// give notes that b was read, or the whole lines of it when a late segment is to be read next.
func (l *Log) give(b []byte) int {
	if l.cut {
		if i := bytes.LastIndexByte(b, '\n') + 1; i > 0 {
			if i < len(b) && b[i] == 0 {
				i++ // the second byte of a newline in UTF-16
			}
			b, l.cut = b[:i], false
		}
	}
	l.cur.note(b)
	l.inLine = !l.cur.complete()
	l.waiting = time.Time{}
	return len(b)
}

// end is the end of a segment, as Read tells it.
func (l *Log) end(continues bool) error {
	if !continues {
		l.inLine = false
	}
	return SegmentEnd{Continues: continues}
}

// atEnd asks whether the path still leads to the file whose end was reached.
// When not, it is read once more: it may have been written to until now.
func (l *Log) atEnd() error {
	st, err := stat(l.path)
	l.missing = errors.Is(err, fs.ErrNotExist)
	switch {
	case l.missing:
		return io.EOF
	case err != nil:
		return err
	case st.id != l.cur.self:
		l.cur.live = false
		return nil
	case l.cur.offset < prefixLen && st.time != l.cur.looked:
		// Written to, and no longer for that: truncated, if it is not just so far.
		l.cur.looked = st.time
		if ok, err := l.stillLive(); err != nil || !ok {
			return err
		}
	}
	return io.EOF
}

// stillLive is asked before the first bytes of a live file are given, as long
// as what was read of it may be how every segment begins. When the file was
// truncated meanwhile, nothing in it tells; its copy does. It says no when
// something else has to be read first.
func (l *Log) stillLive() (bool, error) {
	dir := filepath.Dir(l.cur.file.Name())
	was, err := stat(dir)
	if err != nil {
		return false, err
	}
	if l.cur.offset > 0 && was.time == l.calm {
		return true, nil // a copy would have got its name since
	}
	l.calm = 0
	mark := l.cur.mark(0)
	c, err := l.find(&mark, l.cur)
	if err != nil {
		return false, err
	}
	switch {
	case c.mine != nil && c.mine.id == l.cur.self:
		copying, err := l.beingCopied(&c)
		if err == nil && !copying {
			l.calm = was.time
		}
		return err == nil, err
	case !l.cur.empty():
		return false, l.leave(&c, &mark)
	}
	// Nothing of the file has been given: whatever is unread comes first.
	for len(c.next) > 0 && !l.hasContent(c.next[0]) {
		c.next = c.next[1:]
	}
	if len(c.next) == 0 || c.next[0].id == l.cur.self {
		return true, nil
	}
	s, err := l.openNext(&c, l.cur.self)
	if err != nil {
		return false, err
	}
	s.number = l.cur.number
	l.cur.close()
	l.cur = s
	l.stats.Segments--
	return false, nil
}
