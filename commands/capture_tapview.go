package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/logcap/logcap/capture/jsontext"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// tapView shows lines of a tap.
type tapView interface {
	add(line []byte) bool // takes one; false says that it is no record
	full() bool           // it is time to flush
	flush(context.Context) error
}

func (o *captureTapOptions) newTapView() tapView {
	if o.format == "text" {
		return &tapText{out: sink.NewStdout(sink.StdoutOptions{W: o.out, Terminal: true, Color: o.colored(o.out), Width: o.width(o.out)})}
	}
	return &tapJSON{out: o.out, safe: o.terminal(o.out)}
}

// fullBytes is how much a view gathers before it writes, in bytes.
const fullBytes = 256 << 10

// tapJSON passes lines on as they are.
type tapJSON struct {
	out  io.Writer
	safe bool // a terminal reads them
	buf  []byte
}

func (v *tapJSON) add(line []byte) bool {
	if v.safe {
		v.buf = appendEscaped(v.buf, line)
	} else {
		v.buf = append(v.buf, line...)
	}
	return true
}

func (v *tapJSON) full() bool { return len(v.buf) >= fullBytes }

func (v *tapJSON) flush(context.Context) error {
	if len(v.buf) == 0 {
		return nil
	}
	_, err := v.out.Write(v.buf)
	v.buf = v.buf[:0]
	if err != nil {
		return fmt.Errorf("write to stdout: %w", err)
	}
	return nil
}

// appendEscaped appends a line of JSON so that it does nothing to a terminal: what cannot be
// printed stands as the escape of its text, which is the same JSON.
func appendEscaped(dst, line []byte) []byte {
	for len(line) > 0 {
		r, n := utf8.DecodeRune(line)
		switch {
		case r == '\n' || r != utf8.RuneError && unicode.IsPrint(r):
			dst = append(dst, line[:n]...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, high, low)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
		line = line[n:]
	}
	return dst
}

// tapText makes batches of lines again, for the sink that shows records to people.
type tapText struct {
	out     *sink.Stdout
	batches []*record.Batch
	bytes   int
	scanner jsontext.Scanner
}

func (v *tapText) add(line []byte) bool {
	var l struct {
		Name       string          `json:"name"`
		Stream     string          `json:"stream"`
		Message    string          `json:"message"`
		Attributes json.RawMessage `json:"attributes"`
	}
	if json.Unmarshal(line, &l) != nil {
		return false
	}
	v.bytes += len(line)
	last := len(v.batches) - 1
	if last < 0 || v.batches[last].Origin.Name != l.Name {
		v.batches = append(v.batches, &record.Batch{Origin: &record.Origin{Name: l.Name}})
		last++
	}
	b := v.batches[last]
	r := record.Record{Field: uint32(len(b.Fields))}
	if l.Stream == record.Stderr.String() {
		r.Stream = record.Stderr
	}
	base := len(b.Buf)
	b.Buf = append(b.Buf, l.Attributes...)
	span := func(from, to int) record.Span { return record.Span{Start: uint32(base + from), End: uint32(base + to)} }
	var m jsontext.Member
	for ok := v.scanner.Begin(l.Attributes); ok && v.scanner.Next(&m); {
		b.Fields = append(b.Fields, record.Field{Key: span(m.Key, m.KeyEnd), Value: span(m.Value, m.ValueEnd)})
		r.Fields++
	}
	b.Append(r, []byte(l.Message))
	return true
}

func (v *tapText) full() bool { return v.bytes >= fullBytes }

func (v *tapText) flush(ctx context.Context) error {
	if len(v.batches) == 0 {
		return nil
	}
	err := v.out.Write(ctx, v.batches)
	v.batches, v.bytes = v.batches[:0], 0
	return err
}

// missedOf is how many records a line says were left out; false says that it is another line.
func missedOf(line []byte) (uint64, bool) {
	if !bytes.HasPrefix(line, []byte(`{"missed":`)) {
		return 0, false
	}
	var l struct{ Missed uint64 }
	return l.Missed, json.Unmarshal(line, &l) == nil
}

// missedEvery is how often at most it is said that records were missed.
const missedEvery = time.Second

// tapMissed says how many records were missed.
type tapMissed struct {
	*streams
	n    uint64 // not yet said
	said time.Time
}

func (m *tapMissed) add(n uint64) {
	m.n += n
	if now := time.Now(); now.Sub(m.said) >= missedEvery {
		m.said = now
		m.tell()
	}
}

func (m *tapMissed) tell() {
	if m.n > 0 {
		m.progressf("logcap: %s passed faster than they were taken, and are not shown", records(m.n))
		m.n = 0
	}
}
