package sink

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

// appendSafe writes one line of text so that it can do nothing to a terminal
// but show characters, and colours where they are wanted: whole escape
// sequences are left out, other control characters are shown by their picture
// (␀), bytes that are not UTF-8 and characters that turn the direction of writing by U+FFFD.
func appendSafe(dst, text []byte, colors bool) []byte {
	plain := 0
	for ; plain+8 <= len(text); plain += 8 {
		w := binary.LittleEndian.Uint64(text[plain:])
		if (w|(w-0x20*ones)|((w^0x7f*ones)-ones))&highs != 0 { // a control character, DEL, or not ASCII
			break
		}
	}
	dst = append(dst, text[:plain]...)
	colored := false
	for i := plain; i < len(text); {
		c := text[i]
		switch {
		case c >= ' ' && c < 0x7f || c == '\t':
			dst = append(dst, c)
			i++
		case c == 0x1b:
			n, sgr := sequence(text[i:])
			switch {
			case sgr && colors:
				dst = append(dst, text[i:i+n]...)
				colored = true
			case n == 0: // no sequence, or one without an end: the text behind it is shown
				dst = append(dst, "␛"...)
				n = 1
			}
			i += n
		case c == 0x7f:
			dst = append(dst, "␡"...)
			i++
		case c < ' ':
			dst = append(dst, 0xe2, 0x90, 0x80+c) // U+2400 and on
			i++
		default:
			r, n := utf8.DecodeRune(text[i:])
			if harmless(r) && (r != utf8.RuneError || n > 1) {
				dst = append(dst, text[i:i+n]...)
			} else {
				dst = append(dst, "\uFFFD"...)
			}
			i += n
		}
	}
	if colored {
		dst = append(dst, reset...)
	}
	return dst
}

// harmless says that a character outside ASCII only shows itself: it is no
// control character of the second set, no line separator and does not change the direction of writing.
func harmless(r rune) bool {
	return r >= 0xa0 && r != 0x2028 && r != 0x2029 && !(r >= 0x202a && r <= 0x202e) && !(r >= 0x2066 && r <= 0x2069)
}

// sequence is the length of the escape sequence that text begins with, and
// whether it does no more than set colours and the like (SGR). 0: it is none, or its end is missing.
func sequence(text []byte) (length int, sgr bool) {
	if len(text) < 2 {
		return 0, false
	}
	switch c := text[1]; {
	case c == '[':
		numbers := true
		for i := 2; i < len(text); i++ {
			switch c := text[i]; {
			case c >= '0' && c <= '9' || c == ';' || c == ':':
			case c >= ' ' && c <= '?':
				numbers = false
			case c >= '@' && c <= '~':
				return i + 1, c == 'm' && numbers
			default:
				return 0, false
			}
		}
		return 0, false
	case c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_': // a string up to BEL or ESC \
		bell, st := bytes.IndexByte(text, 0x07), bytes.Index(text, []byte("\x1b\\"))
		switch {
		case bell >= 0 && (st < 0 || bell < st):
			return bell + 1, false
		case st >= 0:
			return st + 2, false
		}
		return 0, false
	default: // intermediate bytes and one final byte
		for i := 1; i < len(text); i++ {
			switch c := text[i]; {
			case c >= ' ' && c <= '/':
			case c >= '0' && c <= '~':
				return i + 1, false
			default:
				return 0, false
			}
		}
		return 0, false
	}
}
