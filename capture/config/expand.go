package config

import (
	"fmt"
	"strings"
)

// expandError is a reference to the environment that cannot be followed.
type expandError struct{ text, hint string }

func (e *expandError) Error() string { return e.text }
func (e *expandError) Hint() string  { return e.hint }

// expand puts variables in the place of ${NAME}, and of ${NAME:-default} when
// they are set and not empty. $${ is ${ and every other $ itself, so that
// regular expressions can be written as they are. names are those that were asked for.
func expand(text string, lookup func(string) (string, bool)) (out string, names []string, err error) {
	var b strings.Builder
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			b.WriteString(text)
			return b.String(), names, nil
		}
		if i > 0 && text[i-1] == '$' {
			b.WriteString(text[:i-1] + "${")
			text = text[i+2:]
			continue
		}
		b.WriteString(text[:i])
		inner, rest, ok := strings.Cut(text[i+2:], "}")
		name, instead, has := strings.Cut(inner, ":-")
		switch {
		case !ok:
			return "", nil, &expandError{"${ has no }", "write $${ for the two characters"}
		case !variable(name):
			return "", nil, &expandError{fmt.Sprintf("${%s} is no name of a variable", name), "write ${NAME} or ${NAME:-default}, and $${ for the two characters"}
		}
		names = append(names, name)
		value, set := "", false
		if lookup != nil {
			value, set = lookup(name)
		}
		switch {
		case has && value == "":
			value = instead
		case !set:
			return "", nil, &expandError{fmt.Sprintf("variable %s is not set", name), fmt.Sprintf("set it, or write ${%s:-default}", name)}
		}
		b.WriteString(value)
		text = rest
	}
}

// variable says that name can be that of a variable.
func variable(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
