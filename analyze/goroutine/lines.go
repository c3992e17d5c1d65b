package goroutine

import (
	"bytes"
	"errors"
	"io"
)

// lines cuts a stream into lines over one buffer that is never copied out of:
// the fast path of a dump looks straight into it.
type lines struct {
	r   io.Reader
	buf []byte // buf[pos:end] is read and not yet given
	pos int
	end int
	err error // why nothing more can be read; io.EOF at the end

	// line is the number of the line next gave last, from 1 on.
	line int
	// cut says that the last line given had no newline.
	cut bool
	// given is how many bytes of the input have been given.
	given int64
}

// bufLen is the buffer's size, and so the longest line; what a line has beyond
// that is dropped. It fits the second-level cache.
const bufLen = 128 << 10

func newLines(r io.Reader) *lines { return &lines{r: r, buf: make([]byte, bufLen)} }

// fill moves what is left to the front and reads more behind it. It tells
// whether there is more than before.
func (l *lines) fill() bool {
	if l.err != nil || l.end-l.pos == len(l.buf) {
		return false
	}
	copy(l.buf, l.buf[l.pos:l.end])
	l.end -= l.pos
	l.pos = 0
	for range 100 {
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		l.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	l.err = io.ErrNoProgress
	return false
}

// next gives a line without its end, valid until the next call. At the end of
// the input it gives an empty line and io.EOF.
func (l *lines) next() ([]byte, error) {
	l.line++
	for seen := 0; ; {
		if i := bytes.IndexByte(l.buf[l.pos+seen:l.end], '\n'); i >= 0 {
			return l.give(seen+i, 1), nil
		}
		seen = l.end - l.pos
		if l.fill() {
			continue
		}
		switch {
		case seen == len(l.buf):
			line := bytes.Clone(l.give(seen, 0))
			return line, l.dropLine()
		case !errors.Is(l.err, io.EOF) || seen == 0:
			return nil, l.err
		}
		l.cut = true
		return l.give(seen, 0), nil
	}
}

// give takes n bytes and their end off the buffer.
func (l *lines) give(n, eol int) []byte {
	line := l.buf[l.pos : l.pos+n]
	l.advance(n + eol)
	return bytes.TrimSuffix(line, []byte("\r"))
}

func (l *lines) advance(n int) {
	l.pos += n
	l.given += int64(n)
}

// dropLine passes over the rest of a line that is longer than the buffer.
func (l *lines) dropLine() error {
	for {
		if i := bytes.IndexByte(l.buf[l.pos:l.end], '\n'); i >= 0 {
			l.advance(i + 1)
			return nil
		}
		l.advance(l.end - l.pos)
		if l.fill() {
			continue
		}
		if errors.Is(l.err, io.EOF) {
			l.cut = true
			return nil
		}
		return l.err
	}
}
