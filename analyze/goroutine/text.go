package goroutine

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

// isDebug1 knows the first line of debug=1: "goroutine profile: total 12".
func isDebug1(head []byte) bool {
	for _, name := range []string{goroutineProfile, leakProfile} {
		if bytes.HasPrefix(head, []byte(name+" profile: total ")) {
			return true
		}
	}
	return false
}

// ReadText reads debug=1: blocks of stacks that are equal, with counts and
// labels and without wait reasons. States are known only where a function
// outside package runtime tells them (IO wait, sleep, locks). A stack that
// cannot be read is skipped with a warning.
func ReadText(r io.Reader) (*Snapshot, error) {
	in := newLines(r)
	first, err := in.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if !isDebug1(first) {
		if len(first) == 0 && errors.Is(err, io.EOF) {
			return nil, errEmpty()
		}
		return nil, errNotAProfile(first)
	}
	name, total, _ := strings.Cut(string(first), " profile: total ")
	s := &Snapshot{Form: Debug1, Profile: name}
	s.Declared, err = strconv.Atoi(strings.TrimSpace(total))
	if err != nil {
		s.warn(1, "the total is not a number: "+printable(first, 80))
	}
	t := &textReader{s: s, b: newBuilder(s)}
	if err := t.read(in); err != nil {
		return nil, err
	}
	t.b.finish()
	if s.Total < s.Declared {
		s.Truncated = s.Truncated || len(s.Warnings) == 0
	}
	return s, nil
}

// textReader holds the stack that is being read.
type textReader struct {
	s    *Snapshot
	b    *builder
	open bool
	bad  bool
	cur  Stack
}

func (t *textReader) read(in *lines) error {
	for {
		line, err := in.next()
		if errors.Is(err, io.ErrUnexpectedEOF) && len(t.s.Stacks) > 0 {
			t.s.Truncated = true
			t.s.warn(in.line, "the compressed input ends too early; a stack it ends in is skipped")
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if in.cut {
			// The last line has no end: what it says cannot be relied on.
			t.s.Truncated = true
			t.s.warn(in.line, "the input ends in the middle of a line; its stack is skipped: "+printable(line, 80))
			return nil
		}
		if err != nil {
			t.close()
			return nil
		}
		t.line(in.line, line)
	}
}

func (t *textReader) line(n int, line []byte) {
	switch {
	case len(bytes.TrimSpace(line)) == 0:
		t.close()
	case bytes.HasPrefix(line, []byte("# labels: ")):
		labels, err := parseLabels(string(line[len("# labels: "):]))
		if err != nil {
			t.s.warn(n, "labels cannot be read: "+printable(line, 80))
		}
		t.cur.Labels = labels
	case line[0] == '#':
		t.frame(n, line)
	default:
		t.close()
		t.header(n, line)
	}
}

// header reads "3 @ 0x43e0f6 0x...".
func (t *textReader) header(n int, line []byte) {
	count, _, ok := strings.Cut(string(line), " @")
	c, err := strconv.Atoi(count)
	t.open, t.bad, t.cur = true, !ok || err != nil, Stack{Count: c, Leaked: t.s.Profile == leakProfile}
	if t.bad {
		t.s.warn(n, "not a stack: "+printable(line, 80))
	}
}

// frame reads "#	0x6f2a1c	net/http.(*conn).serve+0x5fb	/usr/local/go/src/net/http/server.go:2102"; the columns
// are padded with as many tabs as it takes, and a PC without symbol stands alone.
func (t *textReader) frame(n int, line []byte) {
	if !t.open || t.bad {
		return
	}
	var cols []string
	for col := range strings.SplitSeq(string(line[1:]), "\t") {
		if col = strings.TrimSpace(col); col != "" {
			cols = append(cols, col)
		}
	}
	if len(cols) == 1 {
		t.cur.Frames = append(t.cur.Frames, Frame{Func: cols[0]})
		return
	}
	if len(cols) >= 3 {
		name := cols[1]
		if i := strings.LastIndex(name, "+0x"); i > 0 {
			name = name[:i]
		}
		if file, at, ok := cutPosition(cols[2]); ok {
			t.cur.Frames = append(t.cur.Frames, Frame{Func: Normalise(name), File: file, Line: at})
			return
		}
	}
	t.bad = true
	t.s.warn(n, "a frame cannot be read; its stack is skipped: "+printable(line, 80))
}

func (t *textReader) close() {
	if t.open && !t.bad {
		state, rangeRecv := parked(t.cur.Frames)
		if state == "runnable" {
			state = "" // the runtime frames that would tell are not printed
		}
		t.cur.State, t.cur.Range = state, rangeRecv
		t.cur.Frames = visible(t.cur.Frames)
		t.b.add(&t.cur)
	}
	t.open, t.cur = false, Stack{}
}

// cutPosition splits "file:line".
func cutPosition(s string) (file string, line int, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i <= 0 {
		return "", 0, false
	}
	line, err := strconv.Atoi(s[i+1:])
	return s[:i], line, err == nil && line >= 0
}
