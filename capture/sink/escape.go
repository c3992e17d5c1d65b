package sink

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// Words of eight equal bytes, for looking at eight bytes at once.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special has the high bit set in the first byte of w that JSON wants escaped,
// and maybe in bytes behind it: subtracting borrows from those. It is 0 when there is none.
// Bytes from 0x80 on are not special. A quote is turned over into what follows the control characters, which are below 0x20.
func special(w uint64) uint64 {
	low, slash := w^('"'^' ')*ones, w^('\\'*ones)
	return ((low-('!'*ones))&^low | (slash-ones)&^slash) & highs
}

// appendText writes text as the inside of a JSON string, and says whether it
// is valid UTF-8. Valid text is the same after decoding; in other text the
// bytes that are part of no character are still to be replaced.
func appendText(dst, text []byte) (out []byte, valid bool) {
	var seen uint64 // has the high bits of bytes that are not ASCII
	for rest := text; ; {
		n, high := plain(rest)
		seen |= high
		dst = append(dst, rest[:n]...)
		if n == len(rest) {
			return dst, seen == 0 || utf8.Valid(text)
		}
		dst = appendEscape(dst, rest[n])
		rest = rest[n+1:]
	}
}

// plain is how many bytes of text come before the first that JSON wants escaped.
// high is not 0 when there is one from 0x80 on among them, and maybe when there is one behind them.
func plain(text []byte) (n int, high uint64) {
	t := text
	for len(t) >= 32 {
		a, b := binary.LittleEndian.Uint64(t), binary.LittleEndian.Uint64(t[8:])
		c, d := binary.LittleEndian.Uint64(t[16:]), binary.LittleEndian.Uint64(t[24:])
		if special(a)|special(b)|special(c)|special(d) != 0 {
			break
		}
		high |= a | b | c | d
		t = t[32:]
	}
	for len(t) >= 8 {
		w := binary.LittleEndian.Uint64(t)
		high |= w
		if s := special(w); s != 0 {
			return len(text) - len(t) + bits.TrailingZeros64(s)/8, high & highs
		}
		t = t[8:]
	}
	for i, c := range t {
		high |= uint64(c)
		if c < ' ' || c == '"' || c == '\\' {
			return len(text) - len(t) + i, high & highs
		}
	}
	return len(text), high & highs
}

// appendEscape writes one character that may not stand in a JSON string.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// replaceInvalid is dst with each byte from `from` on that is part of no UTF-8
// character replaced by U+FFFD. Escaping adds only ASCII between the bytes
// of a text, so that this may come after it.
func replaceInvalid(dst []byte, from int) []byte {
	text := append([]byte(nil), dst[from:]...)
	dst = dst[:from]
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, "\uFFFD"...)
		} else {
			dst = append(dst, text[:n]...)
		}
		text = text[n:]
	}
	return dst
}

// appendString writes s as a JSON string with its quotes.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := len(dst)
	dst, valid := appendText(dst, []byte(s))
	if !valid {
		dst = replaceInvalid(dst, from)
	}
	return append(dst, '"')
}
