package jsontext

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// texts are objects, and what is nearly one.
func texts() []string {
	return []string{
		`{}`, `{"a":1}`, ` { "a" : [ 1 , 2.5e-7 , -0 , true , false , null ] , "b" : { "c" : "d" } } `, "{\n\t\"a\": [\r\n1]\n}",
		`{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`, `{"a":"\ud800"}`, `{"a":"\ud800\u0041"}`, `{"a":"\udc00\ud800\udc00"}`, `{"a":"\u0000"}`,
		"{\"a\":\"\xff\xc3\"}", "{\"\xff\":1}", "{\"a\":\"\x00\"}", "{\"a\":\"\x1f\"}", "{\"a\":\"a\tb\"}", `{"a":"é漢😀"}`,
		`{"a":1e999999}`, `{"a":123456789012345678901234567890}`, `{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":.5}`, `{"a":1e}`, `{"a":+1}`, `{"a":0x1}`, `{"a":NaN}`,
		`{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{"a":1 "b":2}`, `{"a":1}}`, `{"a":1`, `{"a`, `{"a":"`, `{"a":"\`, `{"a":"\u12`, `{"a":"\x"}`, `{a:1}`, `{'a':1}`,
		`{"a":[}`, `{"a":[1,]}`, `{"a":{"b":1]}`, `{"a":[1}`, `{"a":tru}`, `{"a":nul`, `{"a":truee}`, `[1]`, `"a"`, ``, ` `, `{"a":1}x`, `{"a":1} {"b":2}`,
		`{"a":1,"a":2}`, `{"":""}`, `{"a":[[],{},[{}]]}`, "\ufeff{}", "{\"a\":1}\x00", `{"long":"` + strings.Repeat("x", 100) + `\"` + strings.Repeat("y", 9) + `"}`,
		`{"a":` + strings.Repeat("[", 998) + strings.Repeat("]", 998) + `}`, `{"a":` + strings.Repeat(`{"b":[`, 400) + strings.Repeat("]}", 400) + `}`,
	}
}

// object reads text with a Scanner and says whether it is one object.
func object(text []byte) (members []Member, breaks, ok bool) {
	var s Scanner
	s.Begin(text)
	for m := (Member{}); s.Next(&m); {
		members = append(members, m)
	}
	return members, s.Breaks, s.Done()
}

func check(t *testing.T, text []byte) {
	t.Helper()
	members, breaks, ok := object(text)
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	if want := json.Valid(text) && len(trimmed) > 0 && trimmed[0] == '{'; ok != want {
		if want && deep(text) > MaxDepth {
			return
		}
		t.Fatalf("%q: %v, and encoding/json says %v", text, ok, want)
	}
	if !ok {
		return
	}
	if !breaks && bytes.ContainsAny(text, "\r\n") {
		t.Fatalf("%q: line breaks were not told", text)
	}
	// Put together again from its members on one line it is the same.
	again := []byte("{")
	for i, m := range members {
		if i > 0 {
			again = append(again, ',')
		}
		value := bytes.Clone(text[m.Value:m.ValueEnd])
		Unbreak(value)
		again = append(append(append(again, text[m.Key:m.KeyEnd]...), ':'), value...)
		if m.String != (value[0] == '"') {
			t.Fatalf("%q: %q is a string: %v", text, value, m.String)
		}
		if m.String {
			var want string
			if err := json.Unmarshal(value, &want); err != nil {
				t.Fatal(err)
			}
			got := bytes.Clone(value[1 : len(value)-1])
			got = got[:Unescape(got)]
			if string([]rune(string(got))) != want { // []rune replaces bytes that are not UTF-8, as encoding/json does
				t.Fatalf("%q became %q, and with encoding/json %q", value, got, want)
			}
		}
	}
	again = append(again, '}')
	if bytes.ContainsAny(again, "\r\n") {
		t.Fatalf("%q has several lines", again)
	}
	var want, got bytes.Buffer
	if err := json.Compact(&want, text); err != nil {
		t.Fatal(err)
	}
	if err := json.Compact(&got, again); err != nil {
		t.Fatalf("%q: %v", again, err)
	}
	if want.String() != got.String() {
		t.Fatalf("%q became %q", text, again)
	}
}

// deep is how many braces and brackets follow each other at most, those in strings included.
func deep(text []byte) int {
	n, most := 0, 0
	for _, c := range text {
		switch c {
		case '{', '[':
			n++
		case '}', ']':
			n--
		}
		most = max(most, n)
	}
	return most
}

func TestScanner(t *testing.T) {
	for _, text := range texts() {
		check(t, []byte(text))
	}
	for n, want := range map[int]bool{MaxDepth - 1: true, MaxDepth: false, 20000: false} { // the object itself is one
		text := `{"a":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
		if _, _, ok := object([]byte(text)); ok != want {
			t.Errorf("%d arrays in an object: %v", n, ok)
		}
	}
}

// Strings of encoding/json's own making are unescaped to what they were, at every length.
func TestUnescape(t *testing.T) {
	for _, s := range []string{"", "plain", "\"\\/\b\f\n\r\t\x00\x1f", "é漢😀\u2028", strings.Repeat("x\n", 99), "\ufffd"} {
		quoted, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		text := quoted[1 : len(quoted)-1]
		if got := text[:Unescape(text)]; string(got) != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	for in, want := range map[string]string{`\ud800`: "\ufffd", `\ud800x`: "\ufffdx", `\ud800\ud800\udc00`: "\ufffd\U00010000", `\udc00`: "\ufffd", `\ud800\u0041`: "\ufffdA", `\uD83D\uDE00`: "😀"} {
		text := []byte(in)
		if got := text[:Unescape(text)]; string(got) != want {
			t.Errorf("%s became %q, want %q", in, got, want)
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, text := range texts() {
		f.Add([]byte(text))
	}
	f.Fuzz(check)
}

func BenchmarkScanner(b *testing.B) {
	line := []byte(`{"time":"2026-11-24T08:00:00.123456789Z","level":"info","msg":"request served","method":"GET","path":"/api/v1/orders/4711","status":200,"duration_ms":12.5,"user":{"id":7,"name":"ada"}}`)
	b.Run("Scanner", func(b *testing.B) {
		b.SetBytes(int64(len(line)))
		b.ReportAllocs()
		var s Scanner
		var m Member
		for b.Loop() {
			s.Begin(line)
			for s.Next(&m) {
			}
			if !s.Done() {
				b.Fatal("no object")
			}
		}
	})
	b.Run("json.Valid", func(b *testing.B) {
		b.SetBytes(int64(len(line)))
		for b.Loop() {
			if !json.Valid(line) {
				b.Fatal("no object")
			}
		}
	})
}
