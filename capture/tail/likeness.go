package tail

import (
	"bytes"
	"errors"
	"io"

	"github.com/cespare/xxhash/v2"
)

// likeness says what a file has to do with the segment of a Mark.
type likeness uint8

const (
	differs likeness = iota // it is another segment
	unknown                 // it is an archive that is being written: later it may be more
	shorter                 // it is a copy that ends before the Mark: all of it has been read
	same                    // it holds the segment, and reading can go on in it
)

// like compares the content of an open segment with a Mark that is not empty.
func (s *segment) like(m *Mark) (likeness, error) {
	c := s.content()
	ok, err := holds(c, Anchor{int64(m.Prefix.Len), m.Prefix})
	if err != nil || !ok {
		return unlike(err)
	}
	if m.Anchor.Len > 0 {
		ok, err = holds(c, m.Anchor)
		if ok {
			return same, nil
		}
		if err == nil {
			return differs, nil
		}
		if err != io.EOF {
			return unlike(err)
		}
	}
	// It ends before the anchor.
	if m.Way.Len > 0 {
		if ok, err := holds(c, m.Way); err != nil || !ok {
			return unlike(err)
		}
	}
	if m.Offset == 0 {
		return same, nil
	}
	if _, err := c.ReadAt(make([]byte, 1), m.Offset-1); err == nil {
		return same, nil
	}
	return shorter, nil
}

// holds says that the content has what the anchor says where it says. io.EOF: it ends before.
func holds(c io.ReaderAt, a Anchor) (bool, error) {
	if a.Len == 0 {
		return true, nil
	}
	b := make([]byte, a.Len)
	if n, err := c.ReadAt(b, a.End-int64(a.Len)); n < len(b) {
		if err == nil {
			err = io.EOF
		}
		return false, err
	}
	return xxhash.Sum64(b) == a.Hash, nil
}

// unlike is the likeness of content that could not be compared to the end.
func unlike(err error) (likeness, error) {
	switch {
	case errors.Is(err, errUnfinished):
		return unknown, nil
	case err == nil || err == io.EOF:
		return differs, nil
	}
	return differs, err
}

// samples is how many places of two files are compared, and probeLen how much of an archive, in bytes.
const (
	samples  = 16
	probeLen = 256 << 10
)

// contains says that all of copied is at the beginning of s too: it was, or is
// being, copied from s, and s was not truncated since.
func (s *segment) contains(copied *segment) bool {
	if s.archive != nil {
		return false
	}
	if copied.archive != nil {
		a := make([]byte, probeLen)
		n, err := copied.archive.ReadAt(a, 0)
		whole := err == nil || err == io.EOF
		return (whole || errors.Is(err, errUnfinished) && n > 0) && s.begins(a[:n], 0)
	}
	size := copied.size()
	a := make([]byte, prefixLen)
	for i := range int64(samples) {
		at := max(size-prefixLen, 0) / (samples - 1) * i
		if i == samples-1 {
			at = max(size-prefixLen, 0)
		}
		n, err := copied.file.ReadAt(a[:min(prefixLen, size-at)], at)
		if err != nil && err != io.EOF || !s.begins(a[:n], at) {
			return false
		}
	}
	return true
}

// begins says that b lies at the offset at.
func (s *segment) begins(b []byte, at int64) bool {
	own := make([]byte, len(b))
	n, _ := s.file.ReadAt(own, at)
	return n == len(b) && bytes.Equal(own, b)
}
