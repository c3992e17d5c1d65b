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

// special is not 0 when JSON wants one of the bytes of w escaped. It can be
// taken in by no byte, but does not say which: subtracting borrows from the
// byte behind. Bytes from 0x80 on are not special here.
func special(w uint64) uint64 {
	quote, slash := w^('"'*ones), w^('\\'*ones)
	return ((w-0x20*ones)&^w | (quote-ones)&^quote | (slash-ones)&^slash) & highs
}

// specials has the high bit set in exactly the bytes of w that JSON wants escaped.
func specials(w uint64) uint64 {
	control, quote, slash := w&(0xe0*ones), w^('"'*ones), w^('\\'*ones)
	const low = ^uint64(highs)
	return ^((control&low+low|control)&(quote&low+low|quote)&(slash&low+low|slash) | low)
}

// appendText writes text as the inside of a JSON string, and says whether it
// is valid UTF-8. Valid text is the same after decoding; in other text the
// bytes that are part of no character are still to be replaced.
func appendText(dst, text []byte) (out []byte, valid bool) {
	var seen uint64 // has the high bits of bytes that are not ASCII
	from, i := 0, 0
	for ; i+8 <= len(text); i += 8 {
		w := binary.LittleEndian.Uint64(text[i:])
		seen |= w
		if special(w) == 0 {
			continue
		}
		for m := specials(w); m != 0; m &= m - 1 {
			at := i + bits.TrailingZeros64(m)/8
			dst = append(dst, text[from:at]...)
			dst = appendEscape(dst, text[at])
			from = at + 1
		}
	}
	for ; i < len(text); i++ {
		c := text[i]
		seen |= uint64(c)
		if c < ' ' || c == '"' || c == '\\' {
			dst = append(dst, text[from:i]...)
			dst = appendEscape(dst, c)
			from = i + 1
		}
	}
	dst = append(dst, text[from:]...)
	return dst, seen&highs == 0 || utf8.Valid(text)
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
