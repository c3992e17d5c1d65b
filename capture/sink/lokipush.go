package sink

import (
	"encoding/binary"
	"math"

	"github.com/klauspost/compress/s2"
)

// The fields of Loki's messages: a push holds streams, a stream its labels and
// entries, an entry its time, its line and pairs of structured metadata. All are
// of wire type 2, a length and so many bytes, but for the two numbers of a time.
const (
	tagStream  = 1<<3 | 2
	tagLabels  = 1<<3 | 2
	tagEntry   = 2<<3 | 2
	tagTime    = 1<<3 | 2
	tagLine    = 2<<3 | 2
	tagPair    = 3<<3 | 2
	tagName    = 1<<3 | 2
	tagValue   = 2<<3 | 2
	tagSeconds = 1 << 3
	tagNanos   = 2 << 3
)

// run is entries of one stream that lie behind each other.
type run struct{ start, end, next int }

// push is one request being made: entries in the order in which they come, and
// which of them belong to which stream. Memory is used again.
type push struct {
	number  uint64
	entries []byte
	runs    []run
	streams []*lokiStream // that are part of it, by their first entry
	origins []*lokiOrigin // whose records are in it
	plain   []byte
	packed  []byte
}

// begin forgets the push before.
func (p *push) begin() {
	p.number++
	p.entries, p.plain, p.packed = again(p.entries), again(p.plain), again(p.packed)
	p.runs = p.runs[:0]
	clear(p.streams)
	p.streams = p.streams[:0]
	clear(p.origins)
	p.origins = p.origins[:0]
}

// belong makes s a part of the push, if it is none.
func (p *push) belong(s *lokiStream) {
	if s.push != p.number {
		s.push, s.head, s.tail, s.bytes = p.number, -1, -1, 0
		s.next, s.first, s.last = s.stamps, math.MaxInt64, math.MinInt64
		p.streams = append(p.streams, s)
	}
}

// add says that what was appended to the entries from start on is of s.
func (p *push) add(s *lokiStream, start int) {
	if start == len(p.entries) {
		return
	}
	n := len(p.runs)
	p.runs = append(p.runs, run{start, len(p.entries), -1})
	if s.head < 0 {
		s.head = n
	} else {
		p.runs[s.tail].next = n
	}
	s.tail = n
	s.bytes += len(p.entries) - start
}

// pack is the request's body. It is good until begin.
func (p *push) pack() []byte {
	for _, s := range p.streams {
		p.plain = append(p.plain, tagStream)
		p.plain = binary.AppendUvarint(p.plain, uint64(len(s.labels)+s.bytes))
		p.plain = append(p.plain, s.labels...)
		for i := s.head; i >= 0; i = p.runs[i].next {
			p.plain = append(p.plain, p.entries[p.runs[i].start:p.runs[i].end]...)
		}
	}
	p.packed = s2.EncodeSnappy(p.packed[:cap(p.packed)], p.plain)
	return p.packed
}

// taken says that the times of the push have been used.
func (p *push) taken() {
	for _, s := range p.streams {
		s.stamps = s.next
	}
	for _, o := range p.origins {
		o.stamps = o.next
	}
}

// appendEntry adds an entry at ns (Unix time) with the metadata of both parts, which are encoded already.
func appendEntry(dst []byte, ns int64, line, common, own []byte) []byte {
	sec, nanos := ns/1e9, ns%1e9
	if nanos < 0 {
		sec, nanos = sec-1, nanos+1e9
	}
	when := 2 + varintLen(uint64(sec)) + varintLen(uint64(nanos))
	dst = append(dst, tagEntry)
	dst = binary.AppendUvarint(dst, uint64(2+when+1+varintLen(uint64(len(line)))+len(line)+len(common)+len(own)))
	dst = append(dst, tagTime, byte(when), tagSeconds)
	dst = binary.AppendUvarint(dst, uint64(sec))
	dst = append(dst, tagNanos)
	dst = binary.AppendUvarint(dst, uint64(nanos))
	dst = appendBytes(dst, tagLine, line)
	dst = append(dst, common...)
	return append(dst, own...)
}

// appendPair adds one pair of structured metadata.
func appendPair(dst, name, value []byte) []byte {
	n := 2 + varintLen(uint64(len(name))) + len(name) + varintLen(uint64(len(value))) + len(value)
	dst = append(dst, tagPair)
	dst = binary.AppendUvarint(dst, uint64(n))
	dst = appendBytes(dst, tagName, name)
	return appendBytes(dst, tagValue, value)
}

// appendBytes adds a field of wire type 2.
func appendBytes(dst []byte, tag byte, value []byte) []byte {
	dst = append(dst, tag)
	dst = binary.AppendUvarint(dst, uint64(len(value)))
	return append(dst, value...)
}

// varintLen is how many bytes v takes.
func varintLen(v uint64) int {
	n := 1
	for ; v >= 0x80; v >>= 7 {
		n++
	}
	return n
}
