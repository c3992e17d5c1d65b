package sinktest

import (
	"strings"
	"testing"
)

// The decoder sees what is wrong with a body, or the tests that use it could not fail.
func TestDecodingIsStrict(t *testing.T) {
	const header, record = `{"origin":{"source":"s","name":"n"}}` + "\n", `{"time":"2026-11-24T08:00:00.000000000Z","message":"m"}` + "\n"
	const standing = `{"time":"2026-11-24T08:00:00.000000000Z","source":"s","name":"n","message":"m"}` + "\n"
	count := func(n *int) func(Line) error {
		return func(Line) error {
			*n++
			return nil
		}
	}
	for text, want := range map[string]string{
		record:                            "line 1 is a record without a header before it",
		header + "\n":                     "record in line 2: EOF",
		header + record[:20]:              "the last line has no newline",
		header + "{}{}\n":                 "record in line 2: more than one value",
		header + `{"level":1}` + "\n":     "unknown field",
		header + `{"message":1}` + "\n":   "cannot unmarshal",
		`{"origin":{"host":"x"}}` + "\n":  "header in line 1",
		header + record + header + record: "",
		"":                                "",
	} {
		n := 0
		err := DecodeBody([]byte(text), count(&n))
		if want == "" && (err != nil || n != strings.Count(text, "message")) || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %d records, %v; want %q", text, n, err, want)
		}
	}
	n := 0
	if err := DecodeLines([]byte(standing+standing), count(&n)); err != nil || n != 2 {
		t.Errorf("%d lines that stand alone: %v", n, err)
	}
	if err := DecodeLines([]byte(header), count(&n)); err == nil {
		t.Error("a header is taken for a line that stands alone")
	}
}
