package goroutine

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// lineReader gives lines without their ends, counts them, and bounds them: what
// a line has beyond maxLine bytes is dropped.
type lineReader struct {
	r *bufio.Reader
	// line is the number of the line next gave last, from 1 on.
	line int
	// bytes is how much of the input has been read.
	bytes int64
	// cut says that the last line had no newline.
	cut bool
	buf []byte
}

const maxLine = 1 << 20

// next gives a line that stays valid until the next call. At the end of the
// input it gives what is left together with io.EOF.
func (l *lineReader) next() ([]byte, error) {
	l.buf = l.buf[:0]
	l.line++
	for {
		part, err := l.r.ReadSlice('\n')
		l.bytes += int64(len(part))
		if err == nil && len(l.buf) == 0 {
			return trimEOL(part), nil
		}
		if room := maxLine - len(l.buf); room > 0 {
			l.buf = append(l.buf, part[:min(room, len(part))]...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		l.cut = errors.Is(err, io.EOF) && len(l.buf) > 0
		return trimEOL(l.buf), err
	}
}

func trimEOL(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}
