package docker

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/jsontext"
	"github.com/logcap/logcap/capture/record"
)

func TestParseEntry(t *testing.T) {
	for _, tt := range []struct {
		line string
		want jsonLine
		text string
	}{
		{`{"log":"a\n","stream":"stdout","time":"2023-11-14T22:13:20.000000000Z"}`, jsonLine{stream: record.Stdout, time: t0}, "a\n"},
		{`{"log":"","stream":"stderr","time":"2023-11-14T22:13:20.5Z"}`, jsonLine{stream: record.Stderr, time: t0 + 5e8}, ""},
		{`{"log":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00\ud83d","stream":"stdout","attrs":{"a":"b","c":[1,true,null,{"d":-1.5e3}]},"time":"2023-11-14T22:13:20Z"}`,
			jsonLine{stream: record.Stdout, time: t0}, "\"\\/\b\f\n\r\tAé€😀\ufffd"},
		{` { "time" : "2023-11-14T22:13:20.123456789Z" , "log" : "x" , "new" : {} } `, jsonLine{time: t0 + 123456789}, "x"},
	} {
		got, err := parseEntry(&jsontext.Scanner{}, []byte(tt.line))
		if err != nil || got.stream != tt.want.stream || got.time != tt.want.time || string(got.text) != tt.text {
			t.Errorf("%s: %v %d %q, %v", tt.line, got.stream, got.time, got.text, err)
		}
	}
	for _, line := range []string{"", "{}", "null", `{"log":"a"}`, `{"log":"a","time":"x"}`, `{"log":"a","time":"2023-11-14T22:13:20Z"} x`,
		`{"log":"a` + "\n" + `","time":"2023-11-14T22:13:20Z"}`, `{"log":"\x","time":"2023-11-14T22:13:20Z"}`, `{"log":"a","time":"2023-11-14T22:13:20Z"`, "\x00\x00"} {
		if _, err := parseEntry(&jsontext.Scanner{}, []byte(line)); err == nil {
			t.Errorf("%q was taken", line)
		}
	}
}

// What the library reads of an entry, parseEntry reads too, and the same.
func FuzzParseEntry(f *testing.F) {
	f.Add([]byte(`{"log":"a\n","stream":"stdout","time":"2023-11-14T22:13:20.000000000Z"}`))
	f.Add([]byte(`{"log":"\ud83d\ude00","stream":"stderr","attrs":{"x":"y"},"time":"2023-11-14T22:13:20.1Z"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var want struct {
			Log, Stream string
			Time        time.Time
		}
		valid := json.Unmarshal(line, &want) == nil
		got, err := parseEntry(&jsontext.Scanner{}, append([]byte(nil), line...))
		if err != nil || !valid {
			return
		}
		var exact map[string]json.RawMessage
		if json.Unmarshal(line, &exact) != nil || len(exact) != 3 || exact["log"] == nil || exact["stream"] == nil || exact["time"] == nil {
			return // keys in other cases, or twice: no engine writes them
		}
		if string(got.text) != want.Log && json.Valid(line) && !hasInvalid(line) {
			t.Errorf("%q: %q, want %q", line, got.text, want.Log)
		}
		if year := want.Time.Year(); got.time != want.Time.UnixNano() && year >= 1970 && year < 2262 {
			t.Errorf("%q: %d, want %d", line, got.time, want.Time.UnixNano())
		}
	})
}

// hasInvalid says that the library replaces bytes that are not UTF-8; parseEntry keeps them.
func hasInvalid(line []byte) bool {
	for _, r := range string(line) {
		if r == '\ufffd' {
			return true
		}
	}
	return false
}

// What reading one entry costs, beside looking for its newline alone.
func BenchmarkEntries(b *testing.B) {
	var text []byte
	for range 1000 {
		text = append(text, `{"log":"172.17.0.1 - - \"GET /api/v1/orders/4711 HTTP/1.1\" 200 512 \"-\" \"curl/8.5.0\"\n","stream":"stdout","time":"2026-11-24T08:00:00.123456789Z"}`+"\n"...)
	}
	s := &Source{opt: Options{MaxLine: 1 << 20, Now: time.Now}}
	for _, bench := range []struct {
		name string
		read func(d *entries, batch *record.Batch)
	}{
		{"entries", func(d *entries, batch *record.Batch) { d.Decode(batch, 0, 0, false) }},
		{"newlines", func(_ *entries, batch *record.Batch) { _ = bytes.Count(batch.Buf, []byte("\n")) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			d := &entries{assembly: newAssembly(s, &cursor{tail: -1})}
			batch := (&record.Pool{}).Get(&record.Origin{}, len(text))
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				batch.Buf = append(batch.Buf[:0], text...)
				batch.Records = batch.Records[:0]
				bench.read(d, batch)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/line")
		})
	}
}
