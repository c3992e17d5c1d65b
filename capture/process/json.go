package process

import (
	"bytes"
	"math"

	"github.com/logcap/logcap/capture/jsontext"
	"github.com/logcap/logcap/capture/record"
)

// JSON makes message and fields of a record that is one JSON object. All others go on as they are.
type JSON struct {
	scan  jsontext.Scanner
	stats Stats
}

// NewJSON is a Factory. The stage keeps nothing back.
func NewJSON(*record.Pool) Stage { return &JSON{} }

// MessageKeys are the names of the member that becomes the message, when it is
// a string: the first of them that an object has. The others are fields.
func MessageKeys() [4]string { return [...]string{"message", "msg", "log", "text"} }

// Process implements Stage.
func (j *JSON) Process(b *record.Batch, _ int64) *record.Batch {
	j.stats.In += uint64(len(b.Records))
	j.stats.Out += uint64(len(b.Records))
	for i := range b.Records {
		r := &b.Records[i]
		text := b.Buf[r.Message.Start:r.Message.End]
		if len(text) < 2 || r.Fields > 0 || text[0] != '{' && text[0] != ' ' && text[0] != '\t' || !looksLikeObject(text) {
			continue
		}
		if !j.decode(b, r, text) {
			j.stats.Failed++
		}
	}
	return b
}

// looksLikeObject says that a text begins with a brace and a quote. An empty object is not meant: it would leave nothing.
func looksLikeObject(text []byte) bool {
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) == 0 || text[0] != '{' {
		return false
	}
	text = bytes.TrimLeft(text[1:], " \t\r\n")
	return len(text) > 0 && text[0] == '"'
}

// decode changes r, and its text in the buffer, once all of the text was seen to be right.
func (j *JSON) decode(b *record.Batch, r *record.Record, text []byte) bool {
	if !j.scan.Begin(text) {
		return false
	}
	at := r.Message.Start
	first := len(b.Fields)
	keys := MessageKeys()
	rank, chosen := len(keys), -1
	var m jsontext.Member
	for j.scan.Next(&m) {
		if m.String {
			key := text[m.Key+1 : m.KeyEnd-1]
			for i := range rank {
				if string(key) == keys[i] {
					rank, chosen = i, len(b.Fields)
					break
				}
			}
		}
		b.Fields = append(b.Fields, record.Field{
			Key:   record.Span{Start: at + uint32(m.Key), End: at + uint32(m.KeyEnd)},
			Value: record.Span{Start: at + uint32(m.Value), End: at + uint32(m.ValueEnd)},
		})
	}
	n := len(b.Fields) - first
	if !j.scan.Done() || n > math.MaxUint16 {
		b.Fields = b.Fields[:first]
		return false
	}
	if j.scan.Breaks {
		for _, f := range b.Fields[first:] {
			jsontext.Unbreak(b.Bytes(f.Value))
		}
	}
	r.Message.End = r.Message.Start
	if chosen >= 0 {
		v := b.Fields[chosen].Value
		r.Message = record.Span{Start: v.Start + 1, End: v.End - 1}
		r.Message.End = r.Message.Start + uint32(jsontext.Unescape(b.Bytes(r.Message)))
		b.Fields = append(b.Fields[:chosen], b.Fields[chosen+1:]...)
		n--
	}
	r.Field, r.Fields = uint32(first), uint16(n)
	r.Flags |= record.Decoded
	return true
}

// Flush implements Stage.
func (j *JSON) Flush(int64) *record.Batch { return nil }

// Stats implements Stage.
func (j *JSON) Stats() Stats { return j.stats }
