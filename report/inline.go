package report

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// spanKind says how a span is shown and how far its text is trusted.
type spanKind int

const (
	prose  spanKind = iota // our own words
	plain                  // words from elsewhere, shown as words
	code                   // a name, a position, a command: shown in code type
	strong                 // our own words, with stress
)

// span is a piece of a line. Its text is raw: every renderer escapes it for its format.
type span struct {
	kind spanKind
	text string
}

// text is a line of spans.
type text []span

// name shows a string of the target as code.
func name(s string) span {
	if s == "" {
		return span{prose, "(unknown)"}
	}
	return span{code, s}
}

func words(s string) span { return span{plain, s} }
func bold(s string) span  { return span{strong, s} }

// say builds a line: format is our own words; an argument that is a span or a
// text keeps its kind, any other is formatted by fmt and must be a number or words of ours.
func say(format string, args ...any) text {
	var out text
	add := func(s string) {
		if s != "" {
			out = append(out, span{prose, s})
		}
	}
	for {
		before, rest, found := strings.Cut(format, "%")
		add(before)
		if !found {
			return out
		}
		if strings.HasPrefix(rest, "%") {
			add("%")
			format = rest[1:]
			continue
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= 'a' && r <= 'z' }) + 1
		verb := "%" + rest[:end]
		format = rest[end:]
		switch arg := args[0].(type) {
		case span:
			out = append(out, arg)
		case text:
			out = append(out, arg...)
		default:
			add(fmt.Sprintf(verb, arg))
		}
		args = args[1:]
	}
}

// sentence shows a statement from elsewhere as a sentence of its own, with the names in it as code.
func sentence(s string) text { return ended(told, s) }

// plainSentence is sentence for what talks of files and not of code.
func plainSentence(s string) text {
	return ended(func(s string) text { return text{words(s)} }, s)
}

// ended gives a statement a capital and a full stop.
func ended(show func(string) text, s string) text {
	s = strings.TrimSpace(s)
	if s == "" {
		return say("(empty)")
	}
	if first := s[0]; first >= 'a' && first <= 'z' {
		if word, _, _ := strings.Cut(s, " "); word != "which" && !strings.ContainsAny(word, ".(/_") { // a name keeps its case, and "which" goes on from what was said
			s = strings.ToUpper(s[:1]) + s[1:]
		}
	}
	t := show(s)
	if !strings.ContainsAny(s[len(s)-1:], ".!?") {
		t = append(t, span{prose, "."})
	}
	return t
}

// atPlace puts the place that a sentence is about before its full stop.
func atPlace(t text, file string, line int) text {
	if file == "" {
		return t
	}
	if n := len(t) - 1; n >= 0 && t[n].kind == prose && t[n].text == "." {
		t = t[:n:n]
	}
	return append(t, say(" (%v).", place(file, line))...)
}

// stated is a statement of the source's reader: its case is kept, because it
// may begin with a name, and long names are told short.
func stated(s string) text {
	s = strings.TrimSpace(s)
	t := told(shortNames(s))
	if s == "" || !strings.ContainsAny(s[len(s)-1:], ".!?") {
		t = append(t, span{prose, "."})
	}
	return t
}

// goName is what may be a qualified Go name, or a file, within a statement.
var goName = regexp.MustCompile(`(?:[A-Za-z_][\w~.-]*/)*[A-Za-z_][\w~-]*\.(?:\(\*?\w+\)\.)?\w+(?:\.\w+)*(?::\d+)?(?:\(\))?`)

// isName leaves out x.y and e.g.: a name has a path, a receiver, or a package of two letters at least.
func isName(s string) bool {
	return strings.ContainsAny(s, "/(") || strings.IndexByte(s, '.') > 1
}

// told shows a statement from elsewhere as words, and the names in it as code.
func told(s string) text {
	var out text
	at := 0
	for _, m := range goName.FindAllStringIndex(s, -1) {
		if !isName(s[m[0]:m[1]]) {
			continue
		}
		if m[0] > at {
			out = append(out, words(s[at:m[0]]))
		}
		out = append(out, span{code, s[m[0]:m[1]]})
		at = m[1]
	}
	if at < len(s) {
		out = append(out, words(s[at:]))
	}
	return out
}

// shortNames leaves the last element of the import path of each name.
func shortNames(s string) string {
	return goName.ReplaceAllStringFunc(s, func(n string) string {
		if strings.Contains(n, ":") || strings.HasSuffix(n, ".go") { // a place, whose folders matter
			return n
		}
		return n[strings.LastIndex(n, "/")+1:]
	})
}

// join puts the texts together with sep between them.
func join(sep string, texts ...text) text {
	var out text
	for i, t := range texts {
		if i > 0 {
			out = append(out, span{prose, sep})
		}
		out = append(out, t...)
	}
	return out
}

// place is file:line as code, shortened to the last directories of the path.
func place(file string, line int) span {
	if file == "" {
		return span{prose, "(position unknown)"}
	}
	if line <= 0 {
		return name(file)
	}
	return name(fmt.Sprintf("%s:%d", file, line))
}

func position(p analyze.Position) text {
	if p.Func == "" {
		return text{place(p.File, p.Line)}
	}
	return say("%v at %v", name(p.Func), place(p.File, p.Line))
}
