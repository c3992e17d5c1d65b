package commands

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// tapBatches are records of every form.
func tapBatches() []*record.Batch {
	web := &record.Batch{Origin: &record.Origin{Source: "docker", Name: "web-1", ID: "abc", Attrs: []record.Attr{{Key: "tier", Value: "front"}}}}
	web.Append(record.Record{Stream: record.Stdout}, []byte("plain"))
	web.Append(record.Record{Stream: record.Stderr, Flags: record.Joined}, []byte("panic: x\n\tgoroutine 1"))
	web.Append(record.Record{}, []byte("\x1b]0;title\x07 \u009b31m \u202e \U000e0001 \x7f"))
	fields := `"user":{"deep":[1,2.50,null,"x\ny"]},"user":"twice"`
	web.Buf = append(web.Buf, fields...)
	base := uint32(len(web.Buf) - len(fields))
	span := func(from, to int) record.Span {
		return record.Span{Start: base + uint32(from), End: base + uint32(to)}
	}
	comma := strings.LastIndex(fields, `,"user"`)
	web.Fields = []record.Field{{Key: span(0, 6), Value: span(7, comma)}, {Key: span(comma+1, comma+7), Value: span(comma+8, len(fields))}}
	web.Append(record.Record{Stream: record.Stdout, Fields: 2}, []byte("decoded"))
	log := &record.Batch{Origin: &record.Origin{Source: "file", Name: "/var/log/app.log"}}
	log.Append(record.Record{}, []byte(""))
	log.Append(record.Record{}, []byte("ünïcode ☃"))
	return []*record.Batch{web, log, {Origin: web.Origin, Buf: []byte("x"), Records: []record.Record{{Message: record.Span{End: 1}}}}}
}

// Text is what the stdout sink writes of the same records, although they came as JSON.
func TestTapTextIsThatOfStdout(t *testing.T) {
	all := tapBatches()
	for _, color := range []string{"always", "never"} {
		var want, got bytes.Buffer
		o := &captureTapOptions{streams: &streams{out: &got, color: color, lookup: func(string) (string, bool) { return "", false }}, format: "text"}
		stdout := sink.NewStdout(sink.StdoutOptions{W: &want, Terminal: true, Color: color == "always", Width: o.width(o.out)})
		if err := stdout.Write(t.Context(), all); err != nil {
			t.Fatal(err)
		}
		view := o.newTapView()
		var e sink.Encoder
		for _, b := range all {
			for line := range bytes.Lines(e.AppendLines(nil, b, 0, len(b.Records))) {
				if !view.add(line) {
					t.Errorf("%q is not taken", line)
				}
			}
		}
		if err := view.flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.String(), got.String()); diff != "" {
			t.Errorf("%s (-stdout +tap):\n%s", color, diff)
		}
	}
}

// JSON on a terminal is the same JSON, and does nothing to it.
func TestTapJSONOnATerminal(t *testing.T) {
	var e sink.Encoder
	for _, b := range tapBatches() {
		for line := range bytes.Lines(e.AppendLines(nil, b, 0, len(b.Records))) {
			safe := appendEscaped(nil, line)
			if text := string(safe); printable(strings.TrimSuffix(text, "\n"), false) != strings.TrimSuffix(text, "\n") {
				t.Errorf("%q reaches the terminal", text)
			}
			var want, got any
			if err := json.Unmarshal(line, &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(safe, &got); err != nil {
				t.Fatalf("%q: %v", safe, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		}
	}
}

// What no collector sends ends a tap with a clear word; what was missed is said.
func TestTapForeign(t *testing.T) {
	record := `{"time":"2026-11-24T08:00:00.000000000Z","source":"file","name":"a","message":"x"}` + "\n"
	for body, want := range map[string]string{
		record:                         "EOF",
		"":                             "EOF",
		record + record[:20]:           "read from the collector: unexpected EOF",
		record + "<html>\x1b\n":        `what answers is no collector: "<html>\x1b\n"`,
		strings.Repeat("x", 9<<20):     `what answers is no collector: "` + strings.Repeat("x", 60) + `"`,
		`{"time":` + "\n":              `what answers is no collector: "{\"time\":\n"`,
		`{"missed":x}` + "\n" + record: `what answers is no collector: "{\"missed\":x}\n"`,
		`{"missed":3}` + "\n" + record + `{"missed":4}` + "\n" + `{"missed":5}` + "\n": "EOF",
	} {
		var out, said bytes.Buffer
		o := &captureTapOptions{streams: &streams{out: &out, err: &said, lookup: func(string) (string, bool) { return "", false }}, format: "text"}
		err := o.show(t.Context(), strings.NewReader(body))
		if err == nil || err.Error() != want {
			t.Errorf("%.60q: %v, want %s", body, err, want)
		}
		if strings.Contains(body, `"missed":3`) && (!strings.HasPrefix(said.String(), "logcap: 3 records passed faster") || !strings.Contains(said.String(), "logcap: 9 records")) {
			t.Errorf("%q", said.String())
		}
	}
}
