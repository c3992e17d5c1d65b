package commands

import (
	"slices"
	"strings"
	"time"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/process"
)

// stages are those that the flags name, in their order: lines are joined first,
// because a JSON object that was written over several lines is one only then.
func (o *captureOptions) stages() ([]capture.Stage, error) {
	if o.hold < time.Millisecond {
		return nil, usagef("", "--multiline-timeout is at least 1ms, and not %v", o.hold)
	}
	var stages []capture.Stage
	if o.multiline != "" {
		opt, err := multilineOf(o.multiline)
		if err != nil {
			return nil, err
		}
		stage, err := process.NewMultiline(opt)
		if err != nil {
			return nil, usagef("patterns are regular expressions of Go (RE2): 'start=^\\d{4}-' for lines that begin with a year, 'continue=^\\s' for indented ones",
				"--multiline %s: %w", o.multiline, err)
		}
		stages = append(stages, capture.Stage{Make: stage})
	}
	if o.json {
		stages = append(stages, capture.Stage{Make: process.NewJSON})
	}
	return stages, nil
}

const multilineHint = "write java, python, go or ruby, several with commas, 'start=REGEX' or 'continue=REGEX'"

// multilineOf reads java,python or start=REGEX or continue=REGEX.
func multilineOf(text string) (process.MultilineOptions, error) {
	kind, pattern, ok := strings.Cut(text, "=")
	switch {
	case !ok:
		return tracesOf(text)
	case pattern == "":
		return process.MultilineOptions{}, usagef(multilineHint, "--multiline %s: no pattern", text)
	case kind == "start":
		return process.MultilineOptions{Start: pattern}, nil
	case kind == "continue":
		return process.MultilineOptions{Continue: pattern}, nil
	}
	hint := multilineHint
	if near := nearWord(kind, []string{"start", "continue"}, 2); near != "" {
		hint = "did you mean " + near + "=?"
	}
	return process.MultilineOptions{}, usagef(hint, "--multiline %s: there is no %q", text, kind+"=")
}

// tracesOf reads the names of stack traces.
func tracesOf(text string) (opt process.MultilineOptions, err error) {
	for name := range strings.SplitSeq(text, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		switch known := process.Languages(); {
		case name == "":
			return opt, usagef(multilineHint, "--multiline %q: a name is empty", text)
		case slices.Contains(opt.Names, name):
			return opt, usagef("", "--multiline %s: %s is named twice", text, name)
		case !slices.Contains(known, name):
			hint := multilineHint
			if near := nearWord(name, known, 2); near != "" {
				hint = "did you mean " + near + "?"
			}
			return opt, usagef(hint, "--multiline %s: there are no stack traces of %q", text, name)
		}
		opt.Names = append(opt.Names, name)
	}
	return opt, nil
}
