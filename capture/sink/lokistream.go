package sink

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/logcap/logcap/capture/record"
)

// mostStreams is how many streams and origins are remembered; one is about a kilobyte.
const mostStreams = 8192

// lokiStream is one set of labels.
type lokiStream struct {
	labels []byte // as a field of the stream's message
	stamps stamps // of what Loki has
	next   stamps // of what is being pushed
	floor  floor

	first, last int64 // the times in the push

	push       uint64 // the number of the push that it is part of; what follows belongs to that
	head, tail int    // its first and last run
	bytes      int    // of its entries
}

// stamps makes times differ: those of one stream, because Loki takes two entries of it with the same time and text for
// one, and those of one origin, so that its lines stay in order where several streams are shown. All lines that were read from a file at once have one time.
type stamps struct{ read, given int64 } // of the record that had the last one

// noStamps are those before the first time.
func noStamps() stamps { return stamps{math.MinInt64, math.MinInt64} }

// give is at, or a nanosecond after what was given last when the record was not read before that. A time that goes back stays as it is.
func (s *stamps) give(read, at int64) int64 {
	if read < s.read {
		s.read, s.given = read, at
		return at
	}
	s.read, s.given = read, max(at, s.given+1)
	return s.given
}

// lokiOrigin is what is known of an origin's records before they are looked at.
type lokiOrigin struct {
	stamps, next stamps // as a stream has them
	push         uint64 // that it is part of
	made         time.Time
	folded       bool // a label of its was one too many when it was made
	uses         []*labelUse
	sets         [3]*labelSet // by record.Stream
}

// labelSet is what the labels of one stream of an origin have in common.
type labelSet struct {
	text   []byte      // {name="value",… without its end
	names  []string    // of them and of those of fields
	meta   []byte      // the structured metadata, as fields of an entry's message
	metas  []string    // its names
	stream *lokiStream // when records add no labels
	folded bool
}

// origin is what is known of o; it also says that its labels are in use.
func (l *Loki) origin(o *record.Origin) *lokiOrigin {
	known := l.origins[o]
	if known == nil || known.folded && l.now.Sub(known.made) >= sweepEvery || slices.ContainsFunc(known.uses, func(u *labelUse) bool { return u.gone }) {
		if known == nil && len(l.origins) >= mostStreams {
			clear(l.origins)
		}
		old := known
		known = &lokiOrigin{made: l.now, stamps: noStamps()}
		if old != nil {
			known.stamps = old.stamps
		}
		l.origins[o] = known
	}
	for _, use := range known.uses {
		use.last = l.now
	}
	if known.push != l.push.number {
		known.push, known.next = l.push.number, known.stamps
		l.push.origins = append(l.push.origins, known)
	}
	return known
}

// set is what a record of that origin's stream has for labels and metadata before its own fields.
func (l *Loki) set(known *lokiOrigin, o *record.Origin, stream record.Stream) *labelSet {
	if s := known.sets[stream]; s != nil {
		return s
	}
	s := &labelSet{text: []byte{'{'}, names: slices.Clone(l.fieldNames)}
	known.sets[stream] = s
	for _, a := range l.opts.Add {
		s.label(a.Key, []byte(a.Value))
	}
	l.bounded(known, s, "source", o.Source)
	l.bounded(known, s, "name", o.Name)
	l.bounded(known, s, "stream", stream.String())
	room := l.opts.names() - len(l.opts.Add) - ownNames - len(l.fieldNames)
	for _, a := range o.Attrs {
		name := labelName(a.Key)
		if room > 0 && a.Value != "" && !slices.Contains(s.names, name) {
			room--
			l.bounded(known, s, name, a.Value)
			continue
		}
		s.extra(name, a.Value)
	}
	if o.ID != "" {
		s.extra("id", o.ID)
	}
	if len(l.opts.Labels) == 0 {
		s.stream = l.stream(append(s.text, '}'))
	}
	return s
}

// bounded adds a label, or what it is folded into. An empty one is none.
func (l *Loki) bounded(o *lokiOrigin, s *labelSet, name, value string) {
	if value == "" {
		return
	}
	value = strings.ToValidUTF8(value, "\uFFFD")
	if use := l.budget.take(name, []byte(value), l.now); use != nil {
		o.uses = append(o.uses, use)
		s.label(name, []byte(value))
		return
	}
	s.folded, o.folded = true, true
	s.label(name, []byte(otherValue))
	s.extra(name+"_folded", value)
}

func (s *labelSet) label(name string, value []byte) {
	s.text = appendLabel(s.text, name, value)
	s.names = append(s.names, name)
}

// extra adds structured metadata.
func (s *labelSet) extra(name, value string) {
	name = freeName(name, s.names, s.metas)
	s.metas = append(s.metas, name)
	s.meta = appendPair(s.meta, []byte(name), []byte(strings.ToValidUTF8(value, "\uFFFD")))
}

// appendLabel adds one to a set without its end.
func appendLabel(dst []byte, name string, value []byte) []byte {
	if len(dst) > 1 {
		dst = append(dst, ',')
	}
	dst = append(dst, name...)
	dst = append(dst, '=')
	if !bytes.ContainsFunc(value, func(r rune) bool { return r < ' ' || r >= 0x7f || r == '"' || r == '\\' }) {
		dst = append(dst, '"')
		dst = append(dst, value...)
		return append(dst, '"')
	}
	return strconv.AppendQuote(dst, string(value))
}

// stream is the stream with those labels.
func (l *Loki) stream(labels []byte) *lokiStream {
	if s := l.streams[string(labels)]; s != nil {
		return s
	}
	if len(l.streams) >= mostStreams { // they are known by the sets of origins too
		clear(l.streams)
		clear(l.origins)
	}
	s := &lokiStream{labels: appendBytes(nil, tagLabels, labels), stamps: noStamps()}
	l.streams[string(labels)] = s
	return s
}
