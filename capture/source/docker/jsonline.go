package docker

import (
	"bytes"
	"errors"
	"unicode/utf16"
	"unicode/utf8"

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

// parseEntry reads a line, without its newline, and unescapes its text in
// place: the text is never longer than it was escaped. Keys may come in any order; unknown ones are passed over.
func parseEntry(b []byte) (e jsonLine, err error) {
	p := scanner{b: b}
	if !p.next('{') {
		return e, errNoEntry
	}
	has := 0
	for first := true; ; first = false {
		if p.next('}') {
			break
		}
		if !first && !p.next(',') {
			return e, errNoEntry
		}
		key, ok := p.str()
		if !ok || !p.next(':') {
			return e, errNoEntry
		}
		switch string(key) {
		case "log":
			e.text, ok = p.str()
			e.at = p.start
			has |= 1
		case "stream":
			var s []byte
			s, ok = p.str()
			switch string(s) {
			case "stdout":
				e.stream = record.Stdout
			case "stderr":
				e.stream = record.Stderr
			}
		case "time":
			var s []byte
			s, ok = p.str()
			if e.time, ok = stampOf(s, ok); ok {
				has |= 2
			}
		default:
			ok = p.skip(0)
		}
		if !ok {
			return e, errNoEntry
		}
	}
	p.space()
	if has != 3 || p.i != len(p.b) {
		return e, errNoEntry
	}
	return e, nil
}

// stampOf is a timestamp that stands alone. The engine leaves zeros at the end of the fraction out.
func stampOf(s []byte, ok bool) (int64, bool) {
	if !ok || len(s) == 0 || len(s) > 40 {
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

// scanner goes over one JSON value.
type scanner struct {
	b     []byte
	i     int
	start int // of the last string
}

func (p *scanner) space() {
	for p.i < len(p.b) && (p.b[p.i] == ' ' || p.b[p.i] == '\t' || p.b[p.i] == '\r' || p.b[p.i] == '\n') {
		p.i++
	}
}

// next takes one character, after white space.
func (p *scanner) next(c byte) bool {
	p.space()
	if p.i < len(p.b) && p.b[p.i] == c {
		p.i++
		return true
	}
	return false
}

// str takes a string and unescapes it in place.
func (p *scanner) str() ([]byte, bool) {
	if !p.next('"') {
		return nil, false
	}
	start := p.i
	p.start = start
	end := bytes.IndexByte(p.b[p.i:], '"')
	if end < 0 {
		return nil, false
	}
	if bytes.IndexByte(p.b[start:start+end], '\\') < 0 {
		p.i += end + 1
		return p.b[start : start+end], plainText(p.b[start : start+end])
	}
	w := start
	for p.i < len(p.b) {
		switch c := p.b[p.i]; {
		case c == '"':
			p.i++
			return p.b[start:w], true
		case c < ' ':
			return nil, false
		case c != '\\':
			p.b[w] = c
			w++
			p.i++
		default:
			n, ok := p.escape(w)
			if !ok {
				return nil, false
			}
			w += n
		}
	}
	return nil, false
}

// plainText says that there is nothing in b that a JSON string may not hold as it is.
func plainText(b []byte) bool {
	for _, c := range b {
		if c < ' ' {
			return false
		}
	}
	return true
}

// escape takes one escape and writes what it stands for to w: so many bytes.
func (p *scanner) escape(w int) (n int, ok bool) {
	if p.i+1 >= len(p.b) {
		return 0, false
	}
	c := p.b[p.i+1]
	if c != 'u' {
		at := bytes.IndexByte([]byte(`"\/bfnrt`), c)
		if at < 0 {
			return 0, false
		}
		p.b[w] = "\"\\/\b\f\n\r\t"[at]
		p.i += 2
		return 1, true
	}
	r, ok := hex4(p.b[p.i+2:])
	if !ok {
		return 0, false
	}
	p.i += 6
	if utf16.IsSurrogate(r) {
		low, ok := rune(0), false
		if p.i+1 < len(p.b) && p.b[p.i] == '\\' && p.b[p.i+1] == 'u' {
			low, ok = hex4(p.b[p.i+2:])
		}
		if pair := utf16.DecodeRune(r, low); ok && pair != utf8.RuneError {
			r = pair
			p.i += 6
		} else {
			r = utf8.RuneError
		}
	}
	return utf8.EncodeRune(p.b[w:w+utf8.RuneLen(r)], r), true
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

// mostDepth bounds values within values that nobody asked for.
const mostDepth = 64

// skip passes over a value of any kind, without looking closely.
func (p *scanner) skip(depth int) bool {
	p.space()
	if p.i >= len(p.b) || depth > mostDepth {
		return false
	}
	switch c := p.b[p.i]; c {
	case '"':
		_, ok := p.str()
		return ok
	case '{', '[':
		end := c + 2 // ASCII: } is { + 2, ] is [ + 2
		p.i++
		for first := true; !p.next(end); first = false {
			if !first && !p.next(',') {
				return false
			}
			if c == '{' {
				if _, ok := p.str(); !ok || !p.next(':') {
					return false
				}
			}
			if !p.skip(depth + 1) {
				return false
			}
		}
		return true
	}
	start := p.i
	for p.i < len(p.b) && bytes.IndexByte([]byte("+-.0123456789aeflnrstuE"), p.b[p.i]) >= 0 {
		p.i++
	}
	return p.i > start
}
