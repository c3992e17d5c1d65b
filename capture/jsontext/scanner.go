// Package jsontext reads JSON in place: it checks a text against RFC 8259, says
// where the members of an object are, and unescapes strings. It allocates
// nothing and builds no values. It is pure.
package jsontext

import "bytes"

// MaxDepth is how many objects and arrays may lie within each other. encoding/json
// takes ten thousand; what is passed on has to be readable for others, too.
const MaxDepth = 1000

// Scanner goes over the members of one object. It accepts exactly what
// json.Valid does, up to MaxDepth, bytes that are not UTF-8 within strings included.
type Scanner struct {
	buf   []byte
	at    int
	first bool // no member was read yet
	bad   bool
	ended bool // the object's closing brace was read

	Breaks bool // there were line breaks between tokens: see Unbreak

	objects [(MaxDepth + 63) / 64]uint64 // of each depth: an object, and not an array
}

// Member is a name and a value, as offsets into the text that was begun.
type Member struct {
	Key, KeyEnd     int // with its quotes
	Value, ValueEnd int
	String          bool // the value is a string
}

// Begin takes the text of one object; false when it does not begin with a brace.
func (s *Scanner) Begin(text []byte) bool {
	s.buf, s.at, s.first, s.bad, s.ended, s.Breaks = text, 0, true, false, false, false
	s.bad = !s.take('{')
	return !s.bad
}

// Next reads the next member into m; false at the end, and when the text is no JSON.
func (s *Scanner) Next(m *Member) bool {
	if s.bad || s.ended {
		return false
	}
	if s.take('}') {
		s.ended = true
		return false
	}
	ok := s.first || s.take(',')
	s.first = false
	s.space()
	m.Key = s.at
	ok = ok && s.str()
	m.KeyEnd = s.at
	ok = ok && s.take(':')
	s.space()
	m.Value = s.at
	m.String = s.at < len(s.buf) && s.buf[s.at] == '"'
	ok = ok && s.value()
	m.ValueEnd = s.at
	s.bad = !ok
	return ok
}

// Done says that the whole text was one object and nothing else.
func (s *Scanner) Done() bool {
	s.space()
	return s.ended && !s.bad && s.at == len(s.buf)
}

// space passes over white space; between most tokens there is none.
func (s *Scanner) space() {
	if s.at < len(s.buf) && s.buf[s.at] <= ' ' {
		s.spaces()
	}
}

func (s *Scanner) spaces() {
	for s.at < len(s.buf) {
		switch s.buf[s.at] {
		case ' ', '\t':
		case '\n', '\r':
			s.Breaks = true
		default:
			return
		}
		s.at++
	}
}

// take takes one character, after white space.
func (s *Scanner) take(c byte) bool {
	s.space()
	if s.at < len(s.buf) && s.buf[s.at] == c {
		s.at++
		return true
	}
	return false
}

// value takes a value of any kind. It keeps no call for each depth.
func (s *Scanner) value() bool {
	depth := 1 // the object that Begin began
	for {
		s.space()
		if s.at == len(s.buf) {
			return false
		}
		switch c := s.buf[s.at]; c {
		case '{', '[':
			if depth == MaxDepth {
				return false
			}
			s.at++
			s.mark(depth, c == '{')
			depth++
			if s.take(c + 2) { // ASCII: } is { + 2, ] is [ + 2
				depth--
				break
			}
			if c == '{' && !s.name() {
				return false
			}
			continue
		case '"':
			if !s.str() {
				return false
			}
		case 't':
			if !s.word("true") {
				return false
			}
		case 'f':
			if !s.word("false") {
				return false
			}
		case 'n':
			if !s.word("null") {
				return false
			}
		default:
			if !s.number() {
				return false
			}
		}
		// Behind a value: the next one, or the ends of what it is in.
		for {
			if depth == 1 {
				return true
			}
			object := s.objects[(depth-1)/64]&(1<<((depth-1)%64)) != 0
			if s.take(',') {
				if object && !s.name() {
					return false
				}
				break
			}
			end := byte(']')
			if object {
				end = '}'
			}
			if !s.take(end) {
				return false
			}
			depth--
		}
	}
}

func (s *Scanner) mark(depth int, object bool) {
	bit := uint64(1) << (depth % 64)
	if object {
		s.objects[depth/64] |= bit
	} else {
		s.objects[depth/64] &^= bit
	}
}

// name takes a member's name and the colon behind it.
func (s *Scanner) name() bool {
	s.space()
	return s.str() && s.take(':')
}

func (s *Scanner) word(w string) bool {
	if len(s.buf)-s.at < len(w) || string(s.buf[s.at:s.at+len(w)]) != w {
		return false
	}
	s.at += len(w)
	return true
}

func (s *Scanner) number() bool {
	b := s.buf
	if s.at < len(b) && b[s.at] == '-' {
		s.at++
	}
	whole := s.at
	if !s.digits() || b[whole] == '0' && s.at > whole+1 {
		return false
	}
	if s.at < len(b) && b[s.at] == '.' {
		s.at++
		if !s.digits() {
			return false
		}
	}
	if s.at < len(b) && b[s.at]|0x20 == 'e' {
		s.at++
		if s.at < len(b) && (b[s.at] == '+' || b[s.at] == '-') {
			s.at++
		}
		return s.digits()
	}
	return true
}

func (s *Scanner) digits() bool {
	from := s.at
	for s.at < len(s.buf) && s.buf[s.at] >= '0' && s.buf[s.at] <= '9' {
		s.at++
	}
	return s.at > from
}

// Unbreak makes one line of a value that was read with Breaks: the line breaks
// between its tokens become spaces, in place. There are none within strings.
func Unbreak(value []byte) {
	for _, c := range [...]byte{'\n', '\r'} {
		for rest := value; ; {
			at := bytes.IndexByte(rest, c)
			if at < 0 {
				break
			}
			rest[at] = ' '
			rest = rest[at+1:]
		}
	}
}
