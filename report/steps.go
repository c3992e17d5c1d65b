package report

import (
	"regexp"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// sourceStep is one derived statement on the way to the blocked operation.
type sourceStep struct {
	text, file string
	line       int
	fn         string // the function it is in, "" when that is not known
	cause      bool
}

// sourceSteps are the derived evidence in its own order, which is that of the
// flow, and the cause: at its line where that is among them, else last.
func sourceSteps(f *analyze.Finding) []sourceStep {
	c := f.Cause
	if c != nil && (c.Kind != analyze.Derived || c.Text == "") {
		c = nil
	}
	var out []sourceStep
	caused := false
	add := func(text, file string, line int, cause bool) {
		step := sourceStep{text: text, file: file, line: line, cause: cause}
		if e := around(f, file, line); e != nil {
			step.fn = e.Func
		}
		caused = caused || cause
		out = append(out, step)
	}
	for _, e := range f.Evidence {
		switch {
		case e.Kind != analyze.Derived || doubts(e) || e.File == "":
		case !caused && c != nil && c.File == e.File && c.Line == e.Line:
			add(c.Text, e.File, e.Line, true) // says more than the evidence, which is under Root Cause
		default:
			add(e.Text, e.File, e.Line, false)
		}
	}
	if c != nil && !caused {
		add(c.Text, c.File, c.Line, true)
	}
	return out
}

// led is the outermost ancestor, as an index of the lineage, in whose function
// one of the steps is: they belong before it. It is -1 when there is none but
// the function that starts the goroutine: then they are of what runs beside it.
func led(f *analyze.Finding, steps []sourceStep) int {
	for i := len(f.Lineage) - 1; i >= 0; i-- {
		fn := declared(f.Lineage[i].Func)
		if fn != declared(f.Site.Func) && slices.ContainsFunc(steps, func(s sourceStep) bool { return s.fn != "" && declared(s.fn) == fn }) {
			return i
		}
	}
	return -1
}

// literals and type arguments are what profiles put behind a declared function's name.
var literals = regexp.MustCompile(`(?:\.func\d+|\.gowrap\d+|\.\d+|-range\d+)+$`)

// declared is the declared function that a name of a profile or of the tree is of.
func declared(fn string) string {
	return literals.ReplaceAllString(strings.ReplaceAll(fn, "[...]", ""), "")
}
