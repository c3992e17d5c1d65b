package queue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/cespare/xxhash/v2"

	"github.com/logcap/logcap/capture/record"
)

// An entry is one batch: a head of headBytes and a payload.
//
//	 0  mark, so that the next entry is found behind one that is damaged
//	 4  bytes of the payload
//	 8  number of records
//	12  checksum of the head and the segment's number
//	16  number of the first record: the queue counts them from 0 on for as long as it lives
//	24  xxhash64 of the payload
//
// All numbers are little endian. The payload is the origin, then the records, their fields, and the buffer they point into.
const (
	mark        = 0xe1b70c9d
	headBytes   = 32
	recordBytes = 24
	fieldBytes  = 16
	mostPayload = math.MaxInt32
)

// head is what stands before each entry's payload.
type head struct {
	payload uint32 // bytes
	records uint32
	first   uint64 // number of its first record
	sum     uint64 // of the payload
}

// end is the number of the first record behind the entry.
func (h head) end() uint64 { return h.first + uint64(h.records) }

// bytes is how long the entry is with its head.
func (h head) bytes() int64 { return headBytes + int64(h.payload) }

// put writes the head into dst, for the segment of a number.
func (h head) put(dst []byte, segment uint64) {
	binary.LittleEndian.PutUint32(dst, mark)
	binary.LittleEndian.PutUint32(dst[4:], h.payload)
	binary.LittleEndian.PutUint32(dst[8:], h.records)
	binary.LittleEndian.PutUint32(dst[12:], 0)
	binary.LittleEndian.PutUint64(dst[16:], h.first)
	binary.LittleEndian.PutUint64(dst[24:], h.sum)
	binary.LittleEndian.PutUint32(dst[12:], headSum(dst[:headBytes], segment))
}

// headSum is the checksum of a head whose own place for it is zero. The segment's number
// is in it, so that what a log line holds of another segment is not taken for an entry.
func headSum(b []byte, segment uint64) uint32 {
	var all [headBytes + 8]byte
	copy(all[:], b)
	clear(all[12:16])
	binary.LittleEndian.PutUint64(all[headBytes:], segment)
	return uint32(xxhash.Sum64(all[:]))
}

// parseHead reads the head at the beginning of b; false when there is none.
func parseHead(b []byte, segment uint64) (head, bool) {
	if len(b) < headBytes || binary.LittleEndian.Uint32(b) != mark || binary.LittleEndian.Uint32(b[12:]) != headSum(b[:headBytes], segment) {
		return head{}, false
	}
	h := head{
		payload: binary.LittleEndian.Uint32(b[4:]), records: binary.LittleEndian.Uint32(b[8:]),
		first: binary.LittleEndian.Uint64(b[16:]), sum: binary.LittleEndian.Uint64(b[24:]),
	}
	return h, h.payload <= mostPayload && h.first <= math.MaxInt64 && h.records > 0
}

// appendEntry writes b as the entry whose first record has a number.
func appendEntry(dst []byte, b *record.Batch, first, segment uint64) ([]byte, error) {
	start := len(dst)
	dst = append(dst, make([]byte, headBytes)...)
	o := b.Origin
	for _, s := range []string{o.Key, o.Source, o.Name, o.ID} {
		dst = appendText(dst, s)
	}
	dst = binary.AppendUvarint(dst, uint64(len(o.Attrs)))
	for _, a := range o.Attrs {
		dst = appendText(appendText(dst, a.Key), a.Value)
	}
	originBytes := len(dst) - start - headBytes
	dst = binary.AppendUvarint(dst, uint64(len(b.Fields)))
	for i := range b.Records {
		r := &b.Records[i]
		dst = binary.LittleEndian.AppendUint64(dst, uint64(r.Time))
		dst = binary.LittleEndian.AppendUint32(dst, r.Message.Start)
		dst = binary.LittleEndian.AppendUint32(dst, r.Message.End)
		dst = binary.LittleEndian.AppendUint32(dst, r.Field)
		dst = binary.LittleEndian.AppendUint16(dst, r.Fields)
		dst = append(dst, byte(r.Stream), byte(r.Flags))
	}
	for i := range b.Fields {
		f := &b.Fields[i]
		for _, n := range [...]uint32{f.Key.Start, f.Key.End, f.Value.Start, f.Value.End} {
			dst = binary.LittleEndian.AppendUint32(dst, n)
		}
	}
	dst = append(dst, b.Buf...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(originBytes))
	payload := dst[start+headBytes:]
	if len(payload) > mostPayload {
		return dst[:start], fmt.Errorf("a batch of %d bytes is more than an entry can hold (%d)", len(payload), mostPayload)
	}
	h := head{uint32(len(payload)), uint32(len(b.Records)), first, xxhash.Sum64(payload)}
	h.put(dst[start:], segment)
	return dst, nil
}

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// errShape is a payload that no version of appendEntry has written.
var errShape = errors.New("the payload of an entry is not one of a batch")

// decoder makes batches of payloads. It keeps the origins, so that batches of one origin point to the same.
type decoder struct {
	pool    *record.Pool
	origins map[string]*record.Origin
}

// mostOrigins is how many origins are remembered before they are made anew.
const mostOrigins = 4096

// batch decodes a payload of so many records, whose checksum was right.
func (d *decoder) batch(payload []byte, records uint32) (*record.Batch, error) {
	if len(payload) < 4 {
		return nil, errShape
	}
	rest, tail := payload[:len(payload)-4], payload[len(payload)-4:]
	n := uint64(binary.LittleEndian.Uint32(tail))
	if n > uint64(len(rest)) {
		return nil, errShape
	}
	origin, err := d.origin(rest[:n])
	if err != nil {
		return nil, err
	}
	rest = rest[n:]
	fields, size := binary.Uvarint(rest)
	if size <= 0 {
		return nil, errShape
	}
	rest = rest[size:]
	lists := uint64(records) * recordBytes
	if fields > uint64(len(rest))/fieldBytes || lists+fields*fieldBytes > uint64(len(rest)) {
		return nil, errShape
	}
	text := rest[lists+fields*fieldBytes:]
	b := d.pool.Get(origin, len(text))
	b.Buf = append(b.Buf, text...)
	if !decodeRecords(b, rest[:lists], fields) || !decodeFields(b, rest[lists:lists+fields*fieldBytes]) {
		b.Release()
		return nil, errShape
	}
	return b, nil
}

func decodeRecords(b *record.Batch, list []byte, fields uint64) bool {
	size := uint32(len(b.Buf))
	for ; len(list) > 0; list = list[recordBytes:] {
		r := record.Record{
			Time:    int64(binary.LittleEndian.Uint64(list)),
			Message: record.Span{Start: binary.LittleEndian.Uint32(list[8:]), End: binary.LittleEndian.Uint32(list[12:])},
			Field:   binary.LittleEndian.Uint32(list[16:]), Fields: binary.LittleEndian.Uint16(list[20:]),
			Stream: record.Stream(list[22]), Flags: record.Flags(list[23]),
		}
		if r.Message.Start > r.Message.End || r.Message.End > size || uint64(r.Field)+uint64(r.Fields) > fields {
			return false
		}
		b.Records = append(b.Records, r)
	}
	return true
}

func decodeFields(b *record.Batch, list []byte) bool {
	size := uint32(len(b.Buf))
	span := func(l []byte) record.Span {
		return record.Span{Start: binary.LittleEndian.Uint32(l), End: binary.LittleEndian.Uint32(l[4:])}
	}
	for ; len(list) > 0; list = list[fieldBytes:] {
		f := record.Field{Key: span(list), Value: span(list[8:])}
		if f.Key.Start > f.Key.End || f.Key.End > size || f.Value.Start > f.Value.End || f.Value.End > size {
			return false
		}
		b.Fields = append(b.Fields, f)
	}
	return true
}

// origin is the one that text says, the same as before when text is.
func (d *decoder) origin(text []byte) (*record.Origin, error) {
	if o, ok := d.origins[string(text)]; ok {
		return o, nil
	}
	o, rest := &record.Origin{}, text
	ok := true
	next := func() string {
		n, size := binary.Uvarint(rest)
		if size <= 0 || n > uint64(len(rest)-size) {
			ok = false
			return ""
		}
		s := string(rest[size : size+int(n)])
		rest = rest[size+int(n):]
		return s
	}
	o.Key, o.Source, o.Name, o.ID = next(), next(), next(), next()
	n, size := binary.Uvarint(rest)
	if !ok || size <= 0 || n > uint64(len(rest)) {
		return nil, errShape
	}
	rest = rest[size:]
	for range n {
		o.Attrs = append(o.Attrs, record.Attr{Key: next(), Value: next()})
	}
	if !ok || len(rest) > 0 {
		return nil, errShape
	}
	if d.origins == nil || len(d.origins) >= mostOrigins {
		d.origins = map[string]*record.Origin{}
	}
	d.origins[string(text)] = o
	return o, nil
}
