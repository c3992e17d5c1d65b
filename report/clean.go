package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName bounds a string of the target in a document: a name is never this
// long, and a hostile one must not drown the report. JSON has it whole.
const maxName = 400

// clean makes a string of the target harmless to any reader of one line of
// text: what a terminal or a browser acts on, or that reorders what is read,
// becomes a visible escape (\x1b, \u202e, \n), and what is too long is cut.
func clean(s string) string { return cleanTo(s, maxName) }

// Clean is what every rendering does to a string of the target, for a screen
// that shows one beside the reports: one line, nothing a terminal acts on, and
// at most 400 characters.
func Clean(s string) string { return clean(s) }

func cleanTo(s string, limit int) string {
	var b strings.Builder
	n := 0
	for i := 0; i < len(s); {
		if n == limit {
			fmt.Fprintf(&b, "… (%d bytes in all)", len(s))
			break
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x80 && unprintable(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case unprintable(r) && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case unprintable(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			b.WriteRune(r)
		}
		i += size
		n++
	}
	return b.String()
}

// unprintable are controls, format characters (bidirectional marks, zero-width
// ones, tags), separators other than the space, surrogates and private use.
func unprintable(r rune) bool {
	return !unicode.IsPrint(r) || unicode.Is(unicode.Cf, r)
}
