package report

import (
	"cmp"
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
	waits      bool // it is about the line where the goroutines wait
	used       bool
}

// said are the statements of the source about one finding, each told once.
type said struct {
	f     *analyze.Finding
	steps []sourceStep
}

// sourceSteps are the derived evidence and the cause.
func sourceSteps(f *analyze.Finding) *said {
	s := &said{f: f}
	caused := false
	c := f.Cause
	if c != nil && c.Kind != analyze.Derived {
		c = nil
	}
	for _, e := range f.Evidence {
		if e.Kind != analyze.Derived || doubts(e) || e.File == "" {
			continue
		}
		here := !caused && c != nil && c.File == e.File && c.Line == e.Line
		caused = caused || here
		told := e.Text
		if here && c.Text != "" {
			told = c.Text // says more than the evidence, which is under Root Cause
		}
		s.add(told, e.File, e.Line, here)
	}
	if c != nil && !caused && c.Text != "" {
		s.add(c.Text, c.File, c.Line, true)
	}
	return s
}

func (s *said) add(text, file string, line int, cause bool) {
	step := sourceStep{text: text, file: file, line: line, cause: cause, waits: samePlace(s.f.Blocked.File, s.f.Blocked.Line, file, line)}
	if e := around(s.f, file, line); e != nil {
		step.fn = e.Func
	}
	s.steps = append(s.steps, step)
}

// take gives the steps that are wanted, once.
func (s *said) take(want func(sourceStep) bool) []sourceStep {
	var out []sourceStep
	for i := range s.steps {
		if step := &s.steps[i]; !step.used && want(*step) {
			step.used = true
			out = append(out, *step)
		}
	}
	return out
}

// before are the steps that p's function does up to p's line, in their order.
func (s *said) before(p analyze.Position) []sourceStep {
	out := s.take(func(x sourceStep) bool { return !x.waits && x.fn != "" && x.fn == p.Func && x.line <= p.Line })
	slices.SortStableFunc(out, func(a, b sourceStep) int { return cmp.Compare(a.line, b.line) })
	return out
}

// parents are the steps that those who led to the goroutine do once it runs;
// the cause last, because it is what the others lead to.
func (s *said) parents() []sourceStep {
	out := s.take(func(x sourceStep) bool {
		return !x.waits && x.fn != "" && (x.fn == s.f.Site.Func || s.ancestor(x.fn)) && !s.own(x)
	})
	slices.SortStableFunc(out, func(a, b sourceStep) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// own: a function literal is in the excerpt of the function around it, and what
// stands between the go statement and the line where it waits is the goroutine's.
func (s *said) own(x sourceStep) bool {
	return strings.HasPrefix(s.f.Blocked.Func, x.fn+".func") && x.line > s.f.Site.Line && x.line < s.f.Blocked.Line
}

func (s *said) ancestor(fn string) bool {
	return slices.ContainsFunc(s.f.Lineage, func(a analyze.Ancestor) bool { return a.Func == fn })
}

// rest are the goroutine's own steps and those of functions that no profile
// shows, as the source gave them; what is said of the blocked line comes last.
func (s *said) rest() []sourceStep {
	out := s.take(func(sourceStep) bool { return true })
	slices.SortStableFunc(out, func(a, b sourceStep) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

func rank(s sourceStep) int {
	switch {
	case s.waits:
		return 2
	case s.cause:
		return 1
	}
	return 0
}
