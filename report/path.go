package report

import (
	"fmt"
	"strings"

	"github.com/logcap/logcap/analyze"
)

func at(file string, line int) string {
	if line <= 0 || file == "" {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// codePath is the tree of calls from the farthest ancestor to the blocked operation.
func codePath(r *Report) []block {
	f := r.Worst()
	if f == nil {
		return []block{noFinding(r)}
	}
	known := "the ancestors, the `go` statement and the stack"
	if len(f.Lineage) == 0 {
		known = "the `go` statement and the stack; no ancestors are known"
		if !f.Site.Exact {
			known = "the stack; neither ancestors nor the `go` statement are known (a target started with `GODEBUG=tracebackancestors=10` tells them)"
		}
	}
	lines, marked := tree(f)
	out := []block{listing{basis: analyze.Measured, lang: "text", lines: lines}}
	if r.Tree == nil {
		return append(out, note("This is from %v. The source was not read, so calls between these are not shown.", span{prose, known}))
	}
	out = append(out, note("This is from %v. Calls between these are not in the profiles.", span{prose, known}))
	if marked {
		out = append(out, derived("Which line is the %s is from the source.", causeWord(f)))
	}
	return out
}

// tree draws each step one level deeper than what led to it. The cause, when the
// source tells it, is marked in the first step that is in its function.
func tree(f *analyze.Finding) (out []string, caused bool) {
	depth := 0
	add := func(fn, where, mark string) {
		lead := ""
		if depth > 0 {
			lead = strings.Repeat("   ", depth-1) + "└─ "
		}
		line := lead + clean(fn)
		if where != "" {
			line += "  " + clean(where)
		}
		out = append(out, line+mark)
		depth++
	}
	cause := func(p analyze.Position) {
		c := f.Cause
		if caused || c == nil || c.Kind != analyze.Derived || c.File == "" || declared(c.Func) != declared(p.Func) {
			return
		}
		caused = true
		if samePlace(c.File, c.Line, p.File, p.Line) {
			out[len(out)-1] += "   <- the " + causeWord(f)
			return
		}
		out = append(out, strings.Repeat("   ", depth-1)+"│  "+clean(at(c.File, c.Line))+"   <- the "+causeWord(f))
	}
	for i := len(f.Lineage) - 1; i >= 0; i-- {
		add(f.Lineage[i].Func, at(f.Lineage[i].File, f.Lineage[i].Line), "")
		if i > 0 || !startsHere(f) {
			cause(f.Lineage[i].Position)
		}
	}
	mark := "   <- go: starts the goroutines that stay"
	if !f.Site.Exact {
		mark = "   <- where they begin"
	}
	if startsHere(f) {
		out[len(out)-1] += mark
	} else {
		add(siteName(f.Site), at(f.Site.File, f.Site.Line), mark)
	}
	cause(analyze.Position{Func: f.Site.Func, File: f.Site.File, Line: f.Site.Line})
	for i := len(f.Stack) - 1; i >= 0; i-- {
		if len(f.Stack)-1-i >= maxFrames {
			add(fmt.Sprintf("… %d more calls", i+1), "", "")
			break
		}
		p := f.Stack[i]
		mark := ""
		if i == len(f.Stack)-1 {
			mark = "   [goroutine]"
		}
		if p == f.Blocked {
			mark += "   <- waits here: " + clean(orUnknown(string(f.State)))
		}
		add(p.Func, at(p.File, p.Line), mark)
		cause(p)
	}
	return out, caused
}
