package sinktest

import (
	"encoding/json"
	"strconv"

	"github.com/logcap/logcap/capture/record"
)

// Kinds is a batch with every kind of record: every byte alone and among others, every
// length around the eight bytes that are looked at at once, every flag and stream, fields, times of all sorts.
func Kinds() *record.Batch {
	b := &record.Batch{Origin: origin("kinds")}
	for c := range 256 {
		b.Append(record.Record{Time: int64(c) * 1e9}, []byte{byte(c)})
		b.Append(record.Record{Time: -int64(c)}, []byte{'1', '2', '3', byte(c), '5', '6', '7', '8', byte(c), 'x'})
	}
	for n := range 40 {
		text := make([]byte, n)
		for i := range text {
			text[i] = byte('a' + i%26)
		}
		b.Append(record.Record{Time: 1 << 62}, text)
		for i := range text {
			quoted := append([]byte(nil), text...)
			quoted[i] = '"'
			b.Append(record.Record{}, quoted)
		}
	}
	for flags := range record.Flags(16) {
		for stream := range record.Stream(3) {
			b.Append(record.Record{Stream: stream, Flags: flags}, []byte("flags "+strconv.Itoa(int(flags))))
		}
	}
	for _, text := range []string{"ünïcode ☃ 𝄞", "\xe2\x98", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\u2028\u2029\u0085\ufeff", "\ufffd", "<>&'", "two\nlines", `{"time":"not a header"}`, `{"origin":{}}`} {
		b.Append(record.Record{}, []byte(text))
	}
	for _, fields := range [][]string{{`"a"`, `1`}, {`""`, `null`, `"x\u0000\n\"y"`, `{"a":[1,{"b":"ü"}],"c":1.0e-7}`}} {
		b.Append(record.Record{Flags: record.Decoded, Field: uint32(len(b.Fields)), Fields: uint16(len(fields) / 2)}, []byte("with fields"))
		for i := 0; i < len(fields); i += 2 {
			b.Fields = append(b.Fields, record.Field{Key: put(b, fields[i]), Value: put(b, fields[i+1])})
		}
	}
	return b
}

// put appends text to the buffer of b.
func put(b *record.Batch, text string) record.Span {
	start := uint32(len(b.Buf))
	b.Buf = append(b.Buf, text...)
	return record.Span{Start: start, End: uint32(len(b.Buf))}
}

// attributes are the fields of record i as a decoder of JSON gives them.
func attributes(b *record.Batch, i int) map[string]json.RawMessage {
	var all map[string]json.RawMessage
	for _, f := range b.Of(i) {
		var key string
		if json.Unmarshal(b.Bytes(f.Key), &key) != nil {
			continue // then the comparison fails
		}
		if all == nil {
			all = map[string]json.RawMessage{}
		}
		all[key] = json.RawMessage(b.Bytes(f.Value))
	}
	return all
}
