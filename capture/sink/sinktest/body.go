// Package sinktest holds what tests of sinks share: a decoder of what they
// write, made from docs/records.md and not from the encoder, and the suite that every sink passes.
// Nothing that ships imports it.
package sinktest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Origin is a header line of a body.
type Origin struct {
	Source     string            `json:"source"`
	Name       string            `json:"name"`
	ID         string            `json:"id"`
	Attributes map[string]string `json:"attributes"`
}

// Line is one record as a receiver sees it.
type Line struct {
	Origin      Origin                     `json:"-"`
	Time        time.Time                  `json:"time"`
	Stream      string                     `json:"stream"`
	Message     string                     `json:"message"`
	Attributes  map[string]json.RawMessage `json:"attributes"`
	Partial     bool                       `json:"partial"`
	Cut         bool                       `json:"cut"`
	Joined      bool                       `json:"joined"`
	InvalidUTF8 bool                       `json:"invalid_utf8"`
}

// Unpack is the text of a body with that Content-Encoding: "zstd", "gzip" or "".
func Unpack(body io.Reader, encoding string) ([]byte, error) {
	switch encoding {
	case "zstd":
		z, err := zstd.NewReader(body, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		return io.ReadAll(z)
	case "gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(z)
	case "":
		return io.ReadAll(body)
	}
	return nil, fmt.Errorf("unknown encoding %q", encoding)
}

// DecodeBody calls visit for each record of an unpacked HTTP body, in order. A
// line that is not exactly as docs/records.md says is an error.
func DecodeBody(text []byte, visit func(Line) error) error {
	var origin *Origin
	return eachLine(text, func(n int, line []byte) error {
		if bytes.HasPrefix(line, []byte(`{"origin":`)) {
			var header struct {
				Origin *Origin `json:"origin"`
			}
			if err := strict(line, &header); err != nil {
				return fmt.Errorf("header in line %d: %w", n, err)
			}
			origin = header.Origin
			return nil
		}
		if origin == nil {
			return fmt.Errorf("line %d is a record without a header before it", n)
		}
		l := Line{Origin: *origin}
		if err := strict(line, &l); err != nil {
			return fmt.Errorf("record in line %d: %w", n, err)
		}
		return visit(l)
	})
}

// DecodeLines calls visit for each record of lines that stand alone, as the file and the stdout sink write them.
func DecodeLines(text []byte, visit func(Line) error) error {
	return eachLine(text, func(n int, line []byte) error {
		var l struct {
			Line
			Source           string            `json:"source"`
			Name             string            `json:"name"`
			ID               string            `json:"id"`
			OriginAttributes map[string]string `json:"origin_attributes"`
		}
		if err := strict(line, &l); err != nil {
			return fmt.Errorf("record in line %d: %w", n, err)
		}
		l.Line.Origin = Origin{l.Source, l.Name, l.ID, l.OriginAttributes}
		return visit(l.Line)
	})
}

func eachLine(text []byte, visit func(n int, line []byte) error) error {
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return fmt.Errorf("the last line has no newline: %.80q", text[bytes.LastIndexByte(text, '\n')+1:])
	}
	n := 0
	for line := range bytes.Lines(text) {
		n++
		if err := visit(n, line); err != nil {
			return err
		}
	}
	return nil
}

// strict decodes one JSON object in which nothing is unknown and behind which there is nothing.
func strict(line []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one value")
	}
	return nil
}
