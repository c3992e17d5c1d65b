// Package report makes reports of database rows.
package report

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Sink takes a report's lines.
type Sink interface {
	Line(text string)
	End()
}

// Source is where a report's lines come from.
type Source struct {
	Name   string
	Lines  int
	Broken int // the line at which the connection breaks, 0: never
	Pause  time.Duration
	next   int
}

var errConnection = errors.New("the connection broke")

// Next returns the next line, and io.EOF after the last.
func (s *Source) Next() (string, error) {
	switch s.next++; {
	case s.next == s.Broken:
		return "", errConnection
	case s.next > s.Lines:
		return "", io.EOF
	}
	time.Sleep(s.Pause)
	return fmt.Sprintf("%s, line %d", s.Name, s.next), nil
}

// Send writes all of src to out.
func Send(src *Source, out Sink) error {
	for {
		text, err := src.Next()
		if errors.Is(err, io.EOF) {
			out.End()
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", src.Name, err) // cause
		}
		out.Line(text)
	}
}
