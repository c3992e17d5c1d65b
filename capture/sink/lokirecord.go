package sink

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/logcap/logcap/capture/record"
)

// What Loki allows of the structured metadata of one entry, with room for what flags add: it takes 128 pairs and 64 KB.
const (
	mostPairs     = 120
	mostMetaBytes = 60 << 10
)

// field is a label of streams that a record's field becomes.
type field struct {
	name   string // of the label
	quoted []byte // the field's name as JSON has it
}

func fieldOf(name string) field { return field{labelName(name), appendString(nil, name)} }

// encode adds the records of b to the push, and counts those that Loki is known to refuse.
func (l *Loki) encode(b *record.Batch) {
	if len(b.Records) == 0 {
		return
	}
	origin := l.origin(b.Origin)
	var set *labelSet
	var last *lokiStream
	var of record.Stream
	start := len(l.push.entries)
	for i := range b.Records {
		r := &b.Records[i]
		if set == nil || r.Stream != of {
			set, of = l.set(origin, b.Origin, r.Stream), r.Stream
		}
		s, folded := set.stream, set.folded
		if s == nil {
			s, folded = l.byFields(set, b, i)
		}
		if s != last {
			if last != nil {
				l.push.add(last, start)
			}
			l.push.belong(s)
			last, start = s, len(l.push.entries)
		}
		if folded {
			l.counts.folded++
		}
		l.note(s, r.Time)
		line, own, common := b.Message(i), []byte(nil), set.meta
		if l.opts.JSON {
			line, common = l.whole(b, i), nil
		} else if valid := utf8.Valid(line); !valid || r.Fields > 0 || r.Flags&^record.Decoded != 0 || len(l.folded) > 0 {
			if !valid {
				l.text = replaceInvalid(append(again(l.text), line...), 0)
				line = l.text
			}
			var fits bool
			if own, fits = l.metadata(set, b, i, valid); !fits {
				line, common, own = l.whole(b, i), nil, nil
				l.counts.large++
			}
		}
		l.push.entries = appendEntry(l.push.entries, s.next.give(r.Time, origin.next.give(r.Time, r.Time)), line, common, own)
	}
	if last != nil {
		l.push.add(last, start)
	}
}

// byFields is the stream of a record some of whose fields are labels: those in l.used,
// and those in l.folded, whose value is one too many.
func (l *Loki) byFields(set *labelSet, b *record.Batch, i int) (s *lokiStream, folded bool) {
	key := append(l.key[:0], set.text...)
	l.used, l.folded = l.used[:0], l.folded[:0]
	fields := b.Of(i)
	for _, want := range l.fields {
		at := slices.IndexFunc(fields, func(f record.Field) bool { return bytes.Equal(b.Bytes(f.Key), want.quoted) })
		if at < 0 {
			continue
		}
		l.value = plainValue(l.value[:0], b.Bytes(fields[at].Value))
		if len(l.value) == 0 { // an empty label is none
			continue
		}
		value := l.value
		if l.budget.take(want.name, value, l.now) != nil {
			l.used = append(l.used, at)
		} else {
			l.folded = append(l.folded, at)
			value = []byte(otherValue)
		}
		key = appendLabel(key, want.name, value)
	}
	l.key = append(key, '}')
	return l.stream(l.key), set.folded || len(l.folded) > 0
}

// metadata are the fields and flags of a record as structured metadata; false when they are more than Loki takes.
func (l *Loki) metadata(set *labelSet, b *record.Batch, i int, valid bool) (own []byte, fits bool) {
	l.meta, l.names = again(l.meta), l.names[:0]
	if int(b.Records[i].Fields)+len(set.metas) > mostPairs {
		return nil, false
	}
	for at, f := range b.Of(i) {
		if slices.Contains(l.used, at) {
			continue
		}
		key, value := b.Bytes(f.Key), b.Bytes(f.Value)
		valid = valid && utf8.Valid(key) && utf8.Valid(value)
		l.name = plainValue(l.name[:0], key)
		if slices.Contains(l.folded, at) {
			l.name = append(l.name, "_folded"...)
		}
		l.value = plainValue(l.value[:0], value)
		l.pair(set, l.name, l.value)
	}
	flags := b.Records[i].Flags
	for _, f := range [...]struct {
		is   bool
		name string
	}{{flags&record.Partial != 0, "partial"}, {flags&record.Cut != 0, "cut"}, {flags&record.Joined != 0, "joined"}, {!valid, "invalid_utf8"}} {
		if f.is {
			l.name = append(l.name[:0], f.name...)
			l.pair(set, l.name, []byte("true"))
		}
	}
	if len(l.meta)+len(set.meta) > mostMetaBytes {
		return nil, false
	}
	if !valid {
		l.counts.replaced++
	}
	return l.meta, true
}

// pair adds one pair under a name that neither a label nor another pair has.
func (l *Loki) pair(set *labelSet, name, value []byte) {
	own := appendLabelName(l.clean[:0], name)
	l.clean = own
	for _, other := range l.names {
		if string(own) == other {
			own = []byte(freeName(other, set.names, append(slices.Clone(set.metas), l.names...)))
			break
		}
	}
	if slices.Contains(set.names, string(own)) || slices.Contains(set.metas, string(own)) {
		own = []byte(freeName(string(own), set.names, append(slices.Clone(set.metas), l.names...)))
	}
	l.names = append(l.names, l.known(own))
	l.meta = appendPair(l.meta, own, value)
}

// known is a name as a string, mostly without making one.
func (l *Loki) known(name []byte) string {
	if s, ok := l.strings[string(name)]; ok {
		return s
	}
	if len(l.strings) >= mostStreams {
		clear(l.strings)
	}
	s := string(name)
	l.strings[s] = s
	return s
}

// freeName is name, or one made of it that is none of labels and none of metas. What Loki would call so is called so.
func freeName(name string, labels, metas []string) string {
	if slices.Contains(labels, name) {
		name += "_extracted"
	}
	free := name
	for n := 2; slices.Contains(metas, free); n++ {
		free = name + "_" + strconv.Itoa(n)
	}
	return free
}

// whole is a record as one line of JSON.
func (l *Loki) whole(b *record.Batch, i int) []byte {
	l.text = l.encoder.AppendLines(again(l.text), b, i, i+1)
	return l.text[:len(l.text)-1]
}

// plainValue adds the text of a JSON string, and any other value as it is written.
func plainValue(dst, value []byte) []byte {
	if value[0] != '"' {
		return appendValid(dst, value)
	}
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return appendValid(dst, inner)
	}
	var s string
	if json.Unmarshal(value, &s) != nil { // it was checked when it became a field
		return appendValid(dst, value)
	}
	return append(dst, s...)
}

func appendValid(dst, text []byte) []byte {
	if utf8.Valid(text) {
		return append(dst, text...)
	}
	from := len(dst)
	return replaceInvalid(append(dst, text...), from)
}
