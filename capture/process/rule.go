package process

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// rule says which lines are one event. It keeps nothing: where an event is, is its state.
type rule interface {
	// begins is the state behind a line that may be an event's first; 0: it is not.
	begins(line []byte) state
	// goes says whether the line belongs to an event in state s, and the state behind it.
	goes(s state, line []byte) (state, verdict)
}

type state uint8

// verdict says whether a line belongs to an event.
type verdict uint8

const (
	no    verdict = iota // and so the event is complete
	maybe                // if one of the next lines is a yes
	yes                  // and with it the lines before it that were a maybe
)

// Languages are the names of rules for stack traces.
func Languages() []string { return []string{"go", "java", "python", "ruby"} }

// language is the rule of a name; nil when there is none.
func language(name string) rule {
	switch name {
	case "go":
		return golang{}
	case "java":
		return java{}
	case "python":
		return python{}
	case "ruby":
		return ruby{}
	}
	return nil
}

func rulesOf(opt MultilineOptions) ([]rule, error) {
	var rules []rule
	for i, name := range opt.Names {
		r := language(name)
		switch {
		case r == nil:
			return nil, fmt.Errorf("join lines: there are no stack traces of %q, but of %s", name, strings.Join(Languages(), ", "))
		case slices.Contains(opt.Names[:i], name):
			return nil, fmt.Errorf("join lines: %s is named twice", name)
		}
		rules = append(rules, r)
	}
	for _, by := range []struct {
		pattern   string
		continues bool
	}{{opt.Start, false}, {opt.Continue, true}} {
		if by.pattern == "" {
			continue
		}
		p, err := compile(by.pattern)
		if err != nil {
			return nil, fmt.Errorf("join lines: %w", err)
		}
		rules = append(rules, patterned{p, by.continues})
	}
	if len(rules) == 0 || len(rules) > 1 && len(opt.Names) < len(rules) {
		return nil, fmt.Errorf("join lines: by names of stack traces, by a start or by a continuation; one of them")
	}
	return rules, nil
}

// patterned is a rule of one pattern: every line is of an event.
type patterned struct {
	pattern   *pattern
	continues bool // what matches goes on with the event before, and does not begin one
}

func (p patterned) begins([]byte) state { return 1 }

func (p patterned) goes(s state, line []byte) (state, verdict) {
	if p.pattern.match(line) == p.continues {
		return s, yes
	}
	return s, no
}

// indented says that a line begins with white space and is more than that.
func indented(line []byte) bool {
	return len(line) > 0 && (line[0] == ' ' || line[0] == '\t') && !blank(line)
}

func blank(line []byte) bool { return len(unindent(line)) == 0 }

// unindent is the line without the spaces and tabs before and the carriage returns behind.
func unindent(line []byte) []byte {
	return bytes.TrimRight(bytes.TrimLeft(line, " \t"), "\r")
}

func has(line []byte, prefix string) bool {
	return len(line) >= len(prefix) && string(line[:len(prefix)]) == prefix
}

func ends(line []byte, suffix string) bool {
	return len(line) >= len(suffix) && string(line[len(line)-len(suffix):]) == suffix
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
func upper(c byte) bool { return c >= 'A' && c <= 'Z' }

// identifying says that c can be a part of a name in any of the languages.
func identifying(c byte) bool {
	return c >= 'a' && c <= 'z' || upper(c) || digit(c) || c == '_' || c == '$' || c >= 0x80
}
