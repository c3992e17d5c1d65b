package sink_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/sink/sinktest"
)

// web is a container, app a file.
func web() *record.Origin {
	return &record.Origin{Key: "docker:abc", Source: "docker", Name: "web-1", ID: "abc",
		Attrs: []record.Attr{{Key: "com.example/tier", Value: "front\"end"}, {Key: "image", Value: "nginx:1"}}}
}

func app() *record.Origin {
	return &record.Origin{Key: "file:/var/log/app.log", Source: "file", Name: "/var/log/app.log"}
}

// at is a time on the day the tests live in, in ns.
func at(ns int64) int64 { return time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC).UnixNano() + ns }

// batch is records with these texts, a nanosecond apart.
func batch(o *record.Origin, texts ...string) *record.Batch {
	b := &record.Batch{Origin: o}
	for i, text := range texts {
		b.Append(record.Record{Time: at(int64(i))}, []byte(text))
	}
	return b
}

// particular has every particularity that a record can have.
func particular() *record.Batch {
	b := &record.Batch{Origin: web()}
	b.Append(record.Record{Time: at(123456789), Stream: record.Stdout}, []byte(`say "hi" \ bye`))
	b.Append(record.Record{Time: at(123456789), Stream: record.Stderr, Flags: record.Partial | record.Cut}, []byte("tab\tnul\x00esc\x1b[31m"))
	b.Append(record.Record{Time: at(2e9), Stream: record.Stderr, Flags: record.Joined}, []byte("one\ntwo\r"))
	b.Append(record.Record{Time: -1, Flags: record.Decoded}, []byte("ünïcode ☃ \u2028 \x7f"))
	key, value := span(b, `"le\u0076el"`), span(b, `{"deep":[1,2.50,null,"x\ny"]}`)
	more, text := span(b, `"n"`), span(b, `1e400`)
	b.Fields = []record.Field{{Key: key, Value: value}, {Key: more, Value: text}}
	b.Records[3].Fields = 2
	b.Append(record.Record{}, nil)
	b.Append(record.Record{Time: at(5)}, []byte("bad \xff\xc3( end"))
	return b
}

// span puts text into b's buffer.
func span(b *record.Batch, text string) record.Span {
	start := uint32(len(b.Buf))
	b.Buf = append(b.Buf, text...)
	return record.Span{Start: start, End: uint32(len(b.Buf))}
}

const particularBody = `{"origin":{"source":"docker","name":"web-1","id":"abc","attributes":{"com.example/tier":"front\"end","image":"nginx:1"}}}
{"time":"2026-11-24T08:00:00.123456789Z","stream":"stdout","message":"say \"hi\" \\ bye"}
{"time":"2026-11-24T08:00:00.123456789Z","stream":"stderr","message":"tab\tnul\u0000esc\u001b[31m","partial":true,"cut":true}
{"time":"2026-11-24T08:00:02.000000000Z","stream":"stderr","message":"one\ntwo\r","joined":true}
{"time":"1969-12-31T23:59:59.999999999Z","message":"ünïcode ☃ ` + "\u2028 \x7f" + `","attributes":{"le\u0076el":{"deep":[1,2.50,null,"x\ny"]},"n":1e400}}
{"time":"1970-01-01T00:00:00.000000000Z","message":""}
{"time":"2026-11-24T08:00:00.000000005Z","message":"bad ` + "\uFFFD\uFFFD" + `( end","invalid_utf8":true}
{"origin":{"source":"file","name":"/var/log/app.log"}}
{"time":"2026-11-24T08:00:00.000000000Z","message":"a"}
`

func TestBody(t *testing.T) {
	var e sink.Encoder
	empty := &record.Batch{Origin: web()}
	got := string(e.AppendBody(nil, []*record.Batch{empty, particular(), empty, batch(app(), "a"), empty}))
	if diff := cmp.Diff(particularBody, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if e.Replaced() != 1 {
		t.Errorf("%d records replaced, want 1", e.Replaced())
	}
	if got := e.AppendBody(nil, []*record.Batch{empty}); len(got) != 0 {
		t.Errorf("a body of no records is %q", got)
	}
}

func TestOneHeaderForARunOfOneOrigin(t *testing.T) {
	var e sink.Encoder
	a, b := web(), app()
	renamed := *a
	renamed.Name = "web-2"
	got := e.AppendBody(nil, []*record.Batch{batch(a, "1"), batch(a, "2"), batch(b, "3"), batch(a, "4"), batch(&renamed, "5")})
	var names []string
	if err := sinktest.DecodeBody(got, func(l sinktest.Line) error {
		names = append(names, l.Origin.Name+" "+l.Message)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"web-1 1", "web-1 2", "/var/log/app.log 3", "web-1 4", "web-2 5"}, names); diff != "" {
		t.Error(diff)
	}
	if n := bytes.Count(got, []byte(`{"origin"`)); n != 4 {
		t.Errorf("%d headers, want 4", n)
	}
}

func TestLinesThatStandAlone(t *testing.T) {
	var e sink.Encoder
	b := particular()
	got := string(e.AppendLines(nil, b, 1, 2)) + string(e.AppendLines(nil, batch(app(), "x", "y"), 1, 2))
	const want = `{"time":"2026-11-24T08:00:00.123456789Z","source":"docker","name":"web-1","id":"abc","origin_attributes":{"com.example/tier":"front\"end","image":"nginx:1"},"stream":"stderr","message":"tab\tnul\u0000esc\u001b[31m","partial":true,"cut":true}
{"time":"2026-11-24T08:00:00.000000001Z","source":"file","name":"/var/log/app.log","message":"y"}
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A JSON string may hold bytes that are not UTF-8: encoding/json calls them valid.
func TestInvalidFieldsAreReplaced(t *testing.T) {
	var e sink.Encoder
	b := batch(app(), "m")
	b.Fields = []record.Field{{Key: span(b, "\"k\xff\""), Value: span(b, "\"v\xfe\"")}}
	b.Records[0].Fields = 1
	got := string(e.AppendLines(nil, b, 0, 1))
	if want := `"attributes":{"k` + "\uFFFD\":\"v\uFFFD\"},\"invalid_utf8\":true}\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got %s", got)
	}
}

func TestTimes(t *testing.T) {
	var e sink.Encoder
	times := []int64{0, 1, -1, -1e9, -1e9 - 1, at(0), at(999999999), at(1e9), at(0), at(0) - 1, 1<<63 - 1, -1 << 63, 0}
	for _, ns := range times {
		b := &record.Batch{Origin: app()}
		b.Append(record.Record{Time: ns}, nil)
		want := time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z")
		if got := string(e.AppendLines(nil, b, 0, 1)); !strings.HasPrefix(got, `{"time":"`+want+`"`) {
			t.Errorf("%d is %s, want %s", ns, got, want)
		}
	}
}

func TestEncodingALineAllocatesNothing(t *testing.T) {
	var e sink.Encoder
	b := batch(web(), strings.Repeat("line \"x\" ", 20), "ünï", "3")
	all := []*record.Batch{b, b}
	buf := e.AppendLines(e.AppendBody(nil, all), b, 0, 3)
	if n := testing.AllocsPerRun(100, func() {
		buf = e.AppendBody(buf[:0], all)
		buf = e.AppendLines(buf[:0], b, 0, 3)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Whatever the bytes: a line of valid JSON, the same text when it is UTF-8, and otherwise what encoding/json makes of it.
func FuzzEncode(f *testing.F) {
	for _, s := range []string{"", "plain text, longer than eight", `"quoted\"`, "\x00\x01\x1f\x20\x7f\x80", "aaaaaaa\"", "ü☃𝄞", "\xed\xa0\x80", "\xff\xfe", "1234567\xc3", "\"\n\\ab\"cd\"\"\"\"\"\"\"\"\""} {
		f.Add([]byte(s), "name", int64(0), uint8(0))
	}
	var e sink.Encoder
	f.Fuzz(func(t *testing.T, text []byte, name string, ns int64, bits uint8) {
		b := &record.Batch{Origin: &record.Origin{Source: "docker", Name: name, ID: name, Attrs: []record.Attr{{Key: name, Value: name}}}}
		b.Append(record.Record{Time: ns, Stream: record.Stream(bits & 3), Flags: record.Flags(bits >> 2)}, text)
		want := strings.ToValidUTF8(string(text), "\uFFFD")
		if !utf8.Valid(text) { // a run of bad bytes is one replacement for strings, one a byte for JSON
			quoted, err := json.Marshal(string(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(quoted, &want); err != nil {
				t.Fatal(err)
			}
		}
		check := func(l sinktest.Line) error {
			if l.Message != want || l.InvalidUTF8 == utf8.Valid(text) || l.Time.UnixNano() != ns {
				t.Errorf("%q came back as %q at %v, invalid %v", text, l.Message, l.Time, l.InvalidUTF8)
			}
			if l.Partial != (record.Flags(bits>>2)&record.Partial != 0) {
				t.Errorf("partial is %v", l.Partial)
			}
			return nil
		}
		for _, line := range []struct {
			text   []byte
			lines  int
			decode func([]byte, func(sinktest.Line) error) error
		}{
			{e.AppendBody(nil, []*record.Batch{b}), 2, sinktest.DecodeBody},
			{e.AppendLines(nil, b, 0, 1), 1, sinktest.DecodeLines},
		} {
			if !utf8.Valid(line.text) || bytes.Count(line.text, []byte("\n")) != line.lines {
				t.Errorf("%q is not %d lines of UTF-8", line.text, line.lines)
			}
			if err := line.decode(line.text, check); err != nil {
				t.Errorf("%q: %v", line.text, err)
			}
		}
	})
}
