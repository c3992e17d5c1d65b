package docker

import (
	"errors"

	"github.com/logcap/logcap/capture/jsontext"
	"github.com/logcap/logcap/capture/record"
)

// jsonLine is one line of the engine's json-file logs:
//
//	{"log":"text\n","stream":"stdout","attrs":{"k":"v"},"time":"2006-01-02T15:04:05.000000000Z"}
//
// as docs.docker.com/engine/logging/drivers/json-file shows it. Text without a
// newline at its end is a fragment of a longer line.
type jsonLine struct {
	text   []byte // unescaped, in the memory of the line
	at     int    // where the text begins in the line
	stream record.Stream
	time   int64 // Unix time in ns
}

var errNoEntry = errors.New("not an entry of a json-file log")

// parseEntry reads a line, without its newline, and unescapes its text in place: the text is
// never longer than it was escaped. Keys may come in any order; unknown ones are passed over. p is
// the caller's, so that a line costs no memory; nothing of it is used afterwards.
func parseEntry(p *jsontext.Scanner, b []byte) (e jsonLine, err error) {
	const log, time = 1, 2
	has := 0
	var m jsontext.Member
	for p.Begin(b); p.Next(&m); {
		if !m.String {
			continue
		}
		text := b[m.Value+1 : m.ValueEnd-1]
		switch string(b[m.Key:m.KeyEnd]) {
		case `"log"`:
			e.text, e.at = text, m.Value+1
			has |= log
		case `"stream"`:
			switch string(text) {
			case "stdout":
				e.stream = record.Stdout
			case "stderr":
				e.stream = record.Stderr
			}
		case `"time"`:
			var ok bool
			if e.time, ok = stampOf(text); ok {
				has |= time
			}
		}
	}
	if has != log|time || !p.Done() {
		return e, errNoEntry
	}
	e.text = e.text[:jsontext.Unescape(e.text)]
	return e, nil
}

// stampOf is a timestamp that stands alone. The engine leaves zeros at the end of the fraction out.
func stampOf(s []byte) (int64, bool) {
	if len(s) == 0 || len(s) > 40 {
		return 0, false
	}
	if len(s) == stampLen {
		if ns, ok := fixedStamp(s); ok {
			return ns, true
		}
	}
	var full [stampLen]byte
	if dot := 19; len(s) > dot+1 && len(s) < stampLen && s[dot] == '.' && s[len(s)-1] == 'Z' {
		n := copy(full[:], s[:len(s)-1])
		for ; n < stampLen-1; n++ {
			full[n] = '0'
		}
		full[stampLen-1] = 'Z'
		if ns, ok := fixedStamp(full[:]); ok {
			return ns, true
		}
	}
	ns, _, ok := stamp(append(s[:len(s):len(s)], ' '))
	return ns, ok
}
