package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf8"
)

// ReportsSchema names the JSON of several reports.
const ReportsSchema = "logcap.reports/1"

// WriteJSON writes r as logcap.report/1, indented, with a final newline.
func WriteJSON(w io.Writer, r *Report) error {
	return writeJSON(w, r)
}

// WriteReportsJSON writes the reports of several targets as logcap.reports/1.
func WriteReportsJSON(w io.Writer, reports []*Report) error {
	return writeJSON(w, struct {
		Schema  string    `json:"schema"`
		Reports []*Report `json:"reports"`
	}{ReportsSchema, list(reports)})
}

func writeJSON(w io.Writer, v any) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf) // escapes <, > and &, so the JSON can stand in a web page
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encode json: %w", err)
	}
	if _, err := w.Write(escapeTerminal(buf.Bytes())); err != nil {
		return fmt.Errorf("write json: %w", err)
	}
	return nil
}

// escapeTerminal writes as \uXXXX what encoding/json leaves as it is and a
// terminal acts on: DEL, the C1 controls and the bidirectional marks. They
// can occur inside strings only, so the JSON means the same.
func escapeTerminal(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == '\n' || !unprintable(r) || r > 0xffff {
			out = append(out, b[:n]...)
		} else {
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		b = b[n:]
	}
	return out
}
