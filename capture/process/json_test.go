package process_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// decoded is a line's record as a receiver of JSON lines gets it, and whether the stage failed on it.
func decoded(line string) (written string, failed bool) {
	b := &record.Batch{Origin: &record.Origin{}}
	b.Append(record.Record{}, []byte("before"))
	b.Append(record.Record{}, []byte(line))
	b.Append(record.Record{}, []byte("behind"))
	j := process.NewJSON(nil)
	var e sink.Encoder
	body := string(e.AppendBody(nil, []*record.Batch{j.Process(b, 1)}))
	lines := strings.Split(body, "\n")
	const time = `{"time":"1970-01-01T00:00:00.000000000Z",`
	if len(lines) != 5 || lines[1] != time+`"message":"before"}` || lines[3] != time+`"message":"behind"}` || lines[4] != "" {
		return "broken: " + body, false
	}
	return strings.TrimPrefix(lines[2], time), j.Stats().Failed == 1
}

func TestJSON(t *testing.T) {
	for _, tt := range []struct {
		name, line, want string
		failed           bool
	}{
		{"message and fields", `{"level":"info","msg":"hi","n":{"a":[1, 2]}}`, `"message":"hi","attributes":{"level":"info","n":{"a":[1, 2]}}}`, false},
		{"message only", `{"msg":"hi"}`, `"message":"hi"}`, false},
		{"the first of the names", `{"text":"d","log":"c","msg":"b","message":"a"}`, `"message":"a","attributes":{"text":"d","log":"c","msg":"b"}}`, false},
		{"a message that is no string", `{"message":{"a":1},"log":"c"}`, `"message":"c","attributes":{"message":{"a":1}}}`, false},
		{"no message", `{"a":1}`, `"message":"","attributes":{"a":1}}`, false},
		{"an empty message", `{"msg":"","a":1}`, `"message":"","attributes":{"a":1}}`, false},
		{"names written twice", `{"a":1,"a":2,"msg":"x","msg":"y"}`, `"message":"x","attributes":{"a":1,"a":2,"msg":"y"}}`, false},
		{"the line's own time", `{"time":"2000-01-01T00:00:00Z","msg":"x"}`, `"message":"x","attributes":{"time":"2000-01-01T00:00:00Z"}}`, false},
		{"escapes", `{"msg":"a\n\"\u00e9\ud83d\ude00\u0000","k\n":"\ud800"}`, `"message":"a\n\"é😀\u0000","attributes":{"k\n":"\ud800"}}`, false},
		{"half a surrogate pair", `{"msg":"\ud800!"}`, `"message":"�!"}`, false},
		{"large numbers", `{"a":123456789012345678901234567890.5e+999,"b":-0}`, `"message":"","attributes":{"a":123456789012345678901234567890.5e+999,"b":-0}}`, false},
		{"bytes that are not UTF-8", "{\"msg\":\"a\xff\",\"b\":\"\xc3\"}", `"message":"a�","attributes":{"b":"�"},"invalid_utf8":true}`, false},
		{"white space", "\t{ \"a\" : 1 , \"msg\" : \"x\" } \r", `"message":"x","attributes":{"a":1}}`, false},
		{"several lines", "{\n  \"msg\": \"x\",\r\n  \"a\": {\n    \"b\": [\n1]\n  }\n}", `"message":"x","attributes":{"a":{     "b": [ 1]   }}}`, false},
		{"an empty object", `{}`, `"message":"{}"}`, false},
		{"text", `plain {"a":1}`, `"message":"plain {\"a\":1}"}`, false},
		{"an array", `[{"a":1}]`, `"message":"[{\"a\":1}]"}`, false},
		{"braces", `{name} is {value}`, `"message":"{name} is {value}"}`, false},
		{"cut off", `{"msg":"a\n","b`, `"message":"{\"msg\":\"a\\n\",\"b"}`, true},
		{"two objects", `{"msg":"a"}{"msg":"b"}`, `"message":"{\"msg\":\"a\"}{\"msg\":\"b\"}"}`, true},
		{"control characters", "{\"msg\":\"a\tb\"}", `"message":"{\"msg\":\"a\tb\"}"}`, true},
		{"not quoted", `{"msg":a}`, `"message":"{\"msg\":a}"}`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, failed := decoded(tt.line)
			if diff := cmp.Diff(strings.ReplaceAll(tt.want, "\t", `\t`), got); diff != "" || failed != tt.failed {
				t.Errorf("failed %v (-want +got):\n%s", failed, diff)
			}
		})
	}
}

// What is too deep or has too many members stays as it is.
func TestJSONBounds(t *testing.T) {
	deep := `{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`
	wide := `{"a":1` + strings.Repeat(`,"a":1`, 1<<16) + `}`
	for _, line := range []string{deep, wide} {
		got, failed := decoded(line)
		want, err := json.Marshal(line)
		if err != nil {
			t.Fatal(err)
		}
		if !failed || got != `"message":`+string(want)+"}" {
			t.Errorf("failed %v: %.100s", failed, got)
		}
	}
	most := `{"a":1` + strings.Repeat(`,"a":1`, 1<<16-2) + `}`
	if got, failed := decoded(most); failed || got != `"message":"","attributes":`+most+"}" {
		t.Errorf("failed %v: %.100s", failed, got)
	}
}

// FuzzJSON: whatever a line holds, one line of valid JSON is written for it. When it is an
// object its members arrive with their values; else the text arrives.
func FuzzJSON(f *testing.F) {
	for _, line := range []string{
		`{"level":"info","msg":"hi","n":{"a":[1, 2]}}`, `{"a":1,"a":2}`, "{\n\"msg\":\"x\",\"a\":[\n1]}", `{"msg":"\ud800\u0000\ud83d\ude00"}`, "{\"\xff\":\"\xff\"}",
		`{"a":1e999}`, `{}`, `{"msg":1,"log":"\\"}`, `{"msg":"a"`, "text", `{"a":[[[]]]}`, " {\"message\":\"\"} ",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		written, _ := decoded(string(line))
		written = `{` + written
		if !json.Valid([]byte(written)) || !utf8.ValidString(written) {
			t.Fatalf("%q became %q", line, written)
		}
		var got struct {
			Message    string
			Attributes json.RawMessage
		}
		if err := json.Unmarshal([]byte(written), &got); err != nil {
			t.Fatal(err)
		}
		want := members(bytes.ToValidUTF8(line, nil))
		if !utf8.Valid(line) || len(want) == 0 {
			return // that it is valid is all
		}
		back := members(got.Attributes)
		for i, m := range want { // without the one that became the message
			if i >= len(back) || back[i] != m {
				var text string
				if err := json.Unmarshal([]byte(m[1]), &text); err != nil || text != got.Message {
					t.Fatalf("%q became %q: %q is not there", line, written, m)
				}
				want = append(want[:i:i], want[i+1:]...)
				break
			}
		}
		if diff := cmp.Diff(want, back); diff != "" && len(want)+len(back) > 0 {
			t.Fatalf("%q became %q (-want +got):\n%s", line, written, diff)
		}
	})
}

// members are the names and compacted values of an object; nil when it is none.
func members(text []byte) (all [][2]string) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, value); err != nil {
			return nil
		}
		all = append(all, [2]string{key.(string), compact.String()})
	}
	if t, err := d.Token(); err != nil || t != json.Delim('}') {
		return nil
	}
	if _, err := d.Token(); err != io.EOF {
		return nil
	}
	return all
}
