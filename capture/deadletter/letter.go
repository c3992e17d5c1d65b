// Package deadletter keeps the records that a sink refuses for good: as JSON
// lines that a person can read, with what the sink said, in files of a directory
// that is bounded in bytes. They can be listed, sent once more, and removed.
package deadletter

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/logcap/logcap/capture/record"
)

// Letter is one record that was refused, as it stands on its line.
type Letter struct {
	Refused time.Time `json:"refused"` // when
	Sink    string    `json:"sink"`    // its name: "http", "file-2"
	Reason  string    `json:"reason"`  // one word: "invalid", "too-large"
	Error   string    `json:"error"`   // what the sink said
	Origin  Origin    `json:"origin"`
	Record  Record    `json:"record"`
}

// Origin is where the record came from.
type Origin struct {
	Key        string     `json:"key"`
	Source     string     `json:"source"`
	Name       string     `json:"name"`
	ID         string     `json:"id,omitempty"`
	Attributes []KeyValue `json:"attributes,omitempty"`
}

// KeyValue is one attribute of an origin.
type KeyValue struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Record is the record itself. Texts that are not UTF-8 are there as bytes, in base64, so that nothing of them is lost.
type Record struct {
	Time         string  `json:"time,omitempty"` // for who reads it
	Nanoseconds  int64   `json:"time_ns"`        // the same, as Unix time: this one counts
	Stream       string  `json:"stream,omitempty"`
	Message      *string `json:"message,omitempty"`
	MessageBytes []byte  `json:"message_base64,omitempty"`
	Attributes   []Field `json:"attributes,omitempty"`
	Partial      bool    `json:"partial,omitempty"`
	Cut          bool    `json:"cut,omitempty"`
	Joined       bool    `json:"joined,omitempty"`
	Decoded      bool    `json:"decoded,omitempty"`
}

// Field is one attribute of a record: both are raw JSON, as it was written.
type Field struct {
	Key   []byte `json:"-"`
	Value []byte `json:"-"`
}

// rawField is a Field on its line. A pair of JSON texts in strings keeps every byte of them, or base64 where they are no UTF-8.
type rawField struct {
	Key        *string `json:"key,omitempty"`
	Value      *string `json:"value,omitempty"`
	KeyBytes   []byte  `json:"key_base64,omitempty"`
	ValueBytes []byte  `json:"value_base64,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (f Field) MarshalJSON() ([]byte, error) {
	var r rawField
	r.Key, r.KeyBytes = textOf(f.Key)
	r.Value, r.ValueBytes = textOf(f.Value)
	return json.Marshal(r)
}

// UnmarshalJSON implements json.Unmarshaler. What is no JSON would spoil the line of a sink that copies it, so it is refused.
func (f *Field) UnmarshalJSON(text []byte) error {
	var r rawField
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	f.Key, f.Value = bytesOf(r.Key, r.KeyBytes), bytesOf(r.Value, r.ValueBytes)
	if !json.Valid(f.Key) || !json.Valid(f.Value) || f.Key[0] != '"' || hasNewline(f.Key) || hasNewline(f.Value) {
		return errors.New("an attribute is not JSON on one line")
	}
	return nil
}

func hasNewline(text []byte) bool {
	for _, c := range text {
		if c == '\n' {
			return true
		}
	}
	return false
}

// textOf is b as text or, where it is no UTF-8, as bytes.
func textOf(b []byte) (*string, []byte) {
	if !utf8.Valid(b) {
		return nil, b
	}
	s := string(b)
	return &s, nil
}

func bytesOf(s *string, b []byte) []byte {
	if s != nil {
		return []byte(*s)
	}
	return b
}

// Of is the letter of record i of b.
func Of(sink, reason string, why error, now time.Time, b *record.Batch, i int) Letter {
	r, o := &b.Records[i], b.Origin
	l := Letter{
		Refused: now.UTC(), Sink: sink, Reason: reason,
		Origin: Origin{Key: o.Key, Source: o.Source, Name: o.Name, ID: o.ID},
		Record: Record{
			Time: time.Unix(0, r.Time).UTC().Format(time.RFC3339Nano), Nanoseconds: r.Time, Stream: r.Stream.String(),
			Partial: r.Flags&record.Partial != 0, Cut: r.Flags&record.Cut != 0, Joined: r.Flags&record.Joined != 0, Decoded: r.Flags&record.Decoded != 0,
		},
	}
	if why != nil {
		l.Error = why.Error()
	}
	for _, a := range o.Attrs {
		l.Origin.Attributes = append(l.Origin.Attributes, KeyValue(a))
	}
	l.Record.Message, l.Record.MessageBytes = textOf(b.Message(i))
	for _, f := range b.Of(i) {
		l.Record.Attributes = append(l.Record.Attributes, Field{b.Bytes(f.Key), b.Bytes(f.Value)})
	}
	return l
}

// Batch is the record again, alone, without a position.
func (l *Letter) Batch() *record.Batch {
	o := &record.Origin{Key: l.Origin.Key, Source: l.Origin.Source, Name: l.Origin.Name, ID: l.Origin.ID}
	for _, a := range l.Origin.Attributes {
		o.Attrs = append(o.Attrs, record.Attr(a))
	}
	b := &record.Batch{Origin: o}
	r := record.Record{Time: l.Record.Nanoseconds}
	switch l.Record.Stream {
	case record.Stdout.String():
		r.Stream = record.Stdout
	case record.Stderr.String():
		r.Stream = record.Stderr
	}
	for flag, set := range map[record.Flags]bool{record.Partial: l.Record.Partial, record.Cut: l.Record.Cut, record.Joined: l.Record.Joined, record.Decoded: l.Record.Decoded} {
		if set {
			r.Flags |= flag
		}
	}
	span := func(text []byte) record.Span {
		start := uint32(len(b.Buf))
		b.Buf = append(b.Buf, text...)
		return record.Span{Start: start, End: uint32(len(b.Buf))}
	}
	for _, f := range l.Record.Attributes {
		b.Fields = append(b.Fields, record.Field{Key: span(f.Key), Value: span(f.Value)})
	}
	r.Fields = uint16(len(b.Fields))
	r.Message = span(bytesOf(l.Record.Message, l.Record.MessageBytes))
	b.Records = []record.Record{r}
	return b
}

// Parse reads one line.
func Parse(line []byte) (Letter, error) {
	var l Letter
	if err := json.Unmarshal(line, &l); err != nil {
		return l, fmt.Errorf("it is no dead letter: %w", err)
	}
	if l.Sink == "" || l.Record.Message == nil && l.Record.MessageBytes == nil || len(l.Record.Attributes) > 1<<16-1 {
		return l, errors.New("it is no dead letter: sink or message is missing")
	}
	return l, nil
}
