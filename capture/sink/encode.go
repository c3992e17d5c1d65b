package sink

import (
	"math"
	"sync/atomic"
	"unicode/utf8"

	"github.com/logcap/logcap/capture/record"
)

// Encoder writes records as JSON lines, in the shape that docs/records.md
// tells receivers. It allocates nothing once the buffer that it appends
// to is large enough. Not for concurrent use, but for Replaced. Its zero value is ready.
type Encoder struct {
	stamp    stamp
	origin   []byte // what lines of the batch being encoded say of their origin
	replaced atomic.Uint64
}

// Replaced is how many records had bytes that are not UTF-8, which became U+FFFD, each
// time that it was encoded; from any goroutine.
func (e *Encoder) Replaced() uint64 { return e.replaced.Load() }

// AppendBody writes batches as the body of one request: a header line for
// each run of batches of one origin, and below it one line a record.
func (e *Encoder) AppendBody(dst []byte, batches []*record.Batch) []byte {
	return e.body(dst, batches, math.MaxInt, nil)
}

// stepBytes is how much of a batch is encoded between two looks at the length, in bytes of messages.
const stepBytes = 8 << 10

// body is AppendBody, with whatever there is given to take when it has grown
// to full bytes. What take returns, emptied or with a rest, is gone on with.
func (e *Encoder) body(dst []byte, batches []*record.Batch, full int, take func([]byte) []byte) []byte {
	e.origin = e.origin[:0]
	var last *record.Origin
	for _, b := range batches {
		if len(b.Records) == 0 {
			continue
		}
		if b.Origin != last {
			dst = appendHeader(dst, b.Origin)
			last = b.Origin
		}
		for from := 0; from < len(b.Records); {
			to := step(b.Records, from)
			dst = e.appendRecords(dst, b, from, to)
			from = to
			if len(dst) >= full {
				dst = take(dst)
			}
		}
	}
	return dst
}

// step is the index behind the records from `from` on that hold stepBytes, one at least.
func step(records []record.Record, from int) (to int) {
	n := 0
	for to = from; to < len(records) && n < stepBytes; to++ {
		n += records[to].Message.Len()
	}
	return to
}

// AppendLines writes the records [from, to) of b as lines that stand alone: each says its origin.
func (e *Encoder) AppendLines(dst []byte, b *record.Batch, from, to int) []byte {
	o := b.Origin
	p := append(e.origin[:0], `,"source":`...)
	p = appendString(p, o.Source)
	p = append(p, `,"name":`...)
	p = appendString(p, o.Name)
	if o.ID != "" {
		p = append(p, `,"id":`...)
		p = appendString(p, o.ID)
	}
	if len(o.Attrs) > 0 {
		p = append(p, `,"origin_attributes":`...)
		p = appendAttrs(p, o.Attrs)
	}
	e.origin = p
	return e.appendRecords(dst, b, from, to)
}

func appendHeader(dst []byte, o *record.Origin) []byte {
	dst = append(dst, `{"origin":{"source":`...)
	dst = appendString(dst, o.Source)
	dst = append(dst, `,"name":`...)
	dst = appendString(dst, o.Name)
	if o.ID != "" {
		dst = append(dst, `,"id":`...)
		dst = appendString(dst, o.ID)
	}
	if len(o.Attrs) > 0 {
		dst = append(dst, `,"attributes":`...)
		dst = appendAttrs(dst, o.Attrs)
	}
	return append(dst, "}}\n"...)
}

func appendAttrs(dst []byte, attrs []record.Attr) []byte {
	for i, a := range attrs {
		c := byte(',')
		if i == 0 {
			c = '{'
		}
		dst = append(dst, c)
		dst = appendString(dst, a.Key)
		dst = append(dst, ':')
		dst = appendString(dst, a.Value)
	}
	return append(dst, '}')
}

func (e *Encoder) appendRecords(dst []byte, b *record.Batch, from, to int) []byte {
	var replaced uint64
	for i := from; i < to; i++ {
		r := &b.Records[i]
		dst = append(dst, `{"time":"`...)
		dst = e.stamp.append(dst, r.Time)
		dst = append(dst, '"')
		dst = append(dst, e.origin...)
		switch r.Stream {
		case record.Stdout:
			dst = append(dst, `,"stream":"stdout"`...)
		case record.Stderr:
			dst = append(dst, `,"stream":"stderr"`...)
		}
		dst = append(dst, `,"message":"`...)
		start := len(dst)
		var valid bool
		if dst, valid = appendText(dst, b.Message(i)); !valid {
			dst = replaceInvalid(dst, start)
		}
		if r.Fields == 0 && r.Flags&^record.Decoded == 0 && valid { // nearly every line
			dst = append(dst, "\"}\n"...)
			continue
		}
		dst = append(dst, '"')
		if r.Fields > 0 {
			var ok bool
			dst, ok = appendFields(dst, b, b.Of(i))
			valid = valid && ok
		}
		dst = appendFlags(dst, r.Flags)
		if !valid {
			dst = append(dst, `,"invalid_utf8":true`...)
			replaced++
		}
		dst = append(dst, "}\n"...)
	}
	if replaced > 0 {
		e.replaced.Add(replaced)
	}
	return dst
}

// appendFields copies a record's fields, which are JSON already; a
// JSON string may still hold bytes that are not UTF-8.
func appendFields(dst []byte, b *record.Batch, fields []record.Field) (out []byte, valid bool) {
	dst = append(dst, `,"attributes":`...)
	start := len(dst)
	for i, f := range fields {
		c := byte(',')
		if i == 0 {
			c = '{'
		}
		dst = append(dst, c)
		dst = append(dst, b.Bytes(f.Key)...)
		dst = append(dst, ':')
		dst = append(dst, b.Bytes(f.Value)...)
	}
	if valid = utf8.Valid(dst[start:]); !valid {
		dst = replaceInvalid(dst, start)
	}
	return append(dst, '}'), valid
}

// appendFlags says what is particular about a record. Decoded is not told:
// where a message came from makes no difference to who reads it.
func appendFlags(dst []byte, f record.Flags) []byte {
	if f&record.Partial != 0 {
		dst = append(dst, `,"partial":true`...)
	}
	if f&record.Cut != 0 {
		dst = append(dst, `,"cut":true`...)
	}
	if f&record.Joined != 0 {
		dst = append(dst, `,"joined":true`...)
	}
	return dst
}
