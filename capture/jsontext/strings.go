package jsontext

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks the bytes of a word that are a quote, a backslash or a control
// character; the lowest mark is exact, those above may be wrong. With c - n*ones a byte below n borrows and gets its high bit:
// https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord
func special(word uint64) uint64 {
	quote := word ^ '"'*ones
	slash := word ^ '\\'*ones
	return ((word-0x20*ones)&^word | (quote-ones)&^quote | (slash-ones)&^slash) & highs
}

// str takes a string.
func (s *Scanner) str() bool {
	b, i := s.buf, s.at
	if i >= len(b) || b[i] != '"' {
		return false
	}
	i++
	for {
		for i+8 <= len(b) {
			if m := special(binary.LittleEndian.Uint64(b[i:])); m != 0 {
				i += bits.TrailingZeros64(m) / 8
				break
			}
			i += 8
		}
		if i >= len(b) {
			return false
		}
		switch c := b[i]; {
		case c == '"':
			s.at = i + 1
			return true
		case c < ' ':
			return false
		case c != '\\':
			i++
		case i+1 >= len(b):
			return false
		case b[i+1] == 'u':
			if _, ok := hex4(b[i+2:]); !ok {
				return false
			}
			i += 6
		case unescaped(b[i+1]) != 0:
			i += 2
		default:
			return false
		}
	}
}

// unescaped is what a backslash and c stand for; 0: nothing.
func unescaped(c byte) byte {
	switch c {
	case '"', '\\', '/':
		return c
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return 0
}

// Unescape makes the text of a string that a Scanner has taken, without its quotes,
// in place: it is never longer than it was escaped. n is its length. Half of a surrogate pair becomes U+FFFD.
func Unescape(b []byte) (n int) {
	for i := 0; i < len(b); {
		c := b[i]
		if c != '\\' {
			b[n] = c
			n++
			i++
			continue
		}
		if b[i+1] != 'u' {
			b[n] = unescaped(b[i+1])
			n++
			i += 2
			continue
		}
		r, _ := hex4(b[i+2:])
		i += 6
		if utf16.IsSurrogate(r) {
			pair := rune(utf8.RuneError)
			if i+6 <= len(b) && b[i] == '\\' && b[i+1] == 'u' {
				low, _ := hex4(b[i+2:])
				pair = utf16.DecodeRune(r, low)
			}
			if r = pair; r != utf8.RuneError {
				i += 6
			}
		}
		n += utf8.EncodeRune(b[n:n+utf8.RuneLen(r)], r)
	}
	return n
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
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
