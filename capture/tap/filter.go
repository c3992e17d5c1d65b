package tap

import (
	"errors"
	"path"
	"path/filepath"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Filter says which records are shown: those that fulfil all of it. Its zero value takes all.
type Filter struct {
	Source string // the name of the source; "": any
	Name   string // a glob for the name of the origin, as Named takes it; "": any
	Grep   string // a regular expression of Go (RE2) that the message has a match for; "": any
}

// FilterError is a part of a filter that cannot be used.
type FilterError struct {
	Part string // "name" or "grep"
	Text string // what is wrong
	hint string
}

func (e *FilterError) Error() string { return e.Part + ": " + e.Text }

// Hint is the next step.
func (e *FilterError) Hint() string { return e.hint }

// Check says whether the filter can be used; the error is a *FilterError.
func (f Filter) Check() error {
	_, err := f.compile()
	return err
}

// filter is a Filter that can be used.
type filter struct {
	source, name string
	grep         *regexp.Regexp // nil: any
}

func (f Filter) compile() (filter, error) {
	c := filter{source: f.Source, name: f.Name}
	if !doublestar.ValidatePattern(f.Name) {
		return c, &FilterError{"name", `"` + f.Name + `" is no glob`, "* ? [a-z] {a,b} and ** for any number of directories"}
	}
	if f.Grep == "" {
		return c, nil
	}
	grep, err := regexp.Compile(f.Grep)
	if err != nil {
		why := err.Error()
		var bad *syntax.Error
		if errors.As(err, &bad) {
			why = string(bad.Code) + ": " + bad.Expr
		}
		return c, &FilterError{"grep", `"` + f.Grep + `" is no regular expression: ` + why, "patterns are regular expressions of Go (RE2)"}
	}
	c.grep = grep
	return c, nil
}

// takes says whether records of an origin of that name are looked at.
func (f *filter) takes(source, name string) bool {
	return (f.source == "" || f.source == source) && (f.name == "" || Named(f.name, name))
}

// matches says whether the record with that message is shown.
func (f *filter) matches(message []byte) bool { return f.grep == nil || f.grep.Match(message) }

// Named says whether a glob takes the name of an origin: the whole of it, or
// its last part when there is no slash in the glob.
func Named(glob, name string) bool {
	if !strings.Contains(glob, "/") {
		name = path.Base(filepath.ToSlash(name))
	}
	ok, err := doublestar.Match(glob, name)
	return ok && err == nil
}
