package report

import (
	"math"
	"slices"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
)

// scrapeKinds are always named in window.scrapes, so that a reader need not ask whether a missing kind means none.
var scrapeKinds = [...]string{"goroutine", "stacks", "goroutineleak", "memory"}

// New makes the report of one analysis. It copies what it changes: times
// become UTC, nil lists become empty ones, numbers JSON cannot hold become absent.
// remake is the command that makes the report again from the recording.
func New(a analyze.Analysis, tool Tool, sources []Source, remake string) *Report {
	r := &Report{
		Schema:    Schema,
		Tool:      tool,
		Target:    a.Target,
		Window:    window(a.Window),
		Verdict:   a.Verdict,
		Total:     a.Total,
		Findings:  list(a.Findings),
		Cleared:   list(a.Cleared),
		Inventory: list(a.Inventory),
		Impact:    impact(a.Impact),
		Tree:      a.Tree,
		Metrics:   list(a.Metrics),
		Warnings:  list(a.Warnings),
		LogLines:  slices.Clone(a.LogLines),
		Sources:   list(sources),
		Remake:    remake,
	}
	if r.Verdict == "" {
		r.Verdict = analyze.Inconclusive // nothing was judged, and that is never clean
	}
	r.Cleared = slices.DeleteFunc(r.Cleared, func(c analyze.Cleared) bool { return siteName(c.Site) == "" }) // nobody suspects what has no name
	if r.Verdict == analyze.Inconclusive {
		r.Cleared = list[analyze.Cleared](nil) // what is too little to accuse is too little to clear
	}
	for i := range r.Findings {
		r.Findings[i] = finding(r.Findings[i])
	}
	r.Growth = growthTable(r.Window, r.Total)
	return r
}

// list copies s, so that the report never shares memory with the analysis, and is never nil.
func list[T any](s []T) []T {
	return append(make([]T, 0, len(s)), s...)
}

func window(w analyze.Window) analyze.Window {
	w.Start, w.End = utc(w.Start), utc(w.End)
	scrapes := make(map[string]int, len(w.Scrapes)+len(scrapeKinds))
	for _, k := range scrapeKinds {
		scrapes[k] = 0
	}
	for k, n := range w.Scrapes {
		scrapes[k] = n
	}
	w.Scrapes = scrapes
	w.Gaps = slices.Clone(w.Gaps)
	for i := range w.Gaps {
		w.Gaps[i].Start, w.Gaps[i].End = utc(w.Gaps[i].Start), utc(w.Gaps[i].End)
	}
	w.Restarts = slices.Clone(w.Restarts)
	for i := range w.Restarts {
		w.Restarts[i] = utc(w.Restarts[i])
	}
	return w
}

// utc also drops the monotonic reading, which would make equal times differ.
func utc(t time.Time) time.Time { return t.Round(0).UTC() }

func finding(f analyze.Finding) analyze.Finding {
	f.Sites = list(f.Sites)
	f.Victims = list(f.Victims)
	f.Lineage = list(f.Lineage)
	f.Evidence = list(f.Evidence)
	f.Stack = list(f.Stack)
	f.Excluded = slices.Clone(f.Excluded)
	f.Code = excerpts(f.Code)
	if f.ID == "" {
		f.ID = analyze.Fingerprint(f.Site)
	}
	if f.Mechanism == "" {
		f.Mechanism = analyze.Unknown
	}
	if f.Step != nil && !(finite(f.Step.Height) && finite(f.Step.Period)) {
		f.Step = nil
	}
	if f.Cohort != nil && !finite(f.Cohort.OldestSeconds) {
		c := *f.Cohort
		c.OldestSeconds = 0
		f.Cohort = &c
	}
	if f.Cause != nil {
		c := *f.Cause
		c.Candidates = list(c.Candidates)
		c.Candidates = slices.DeleteFunc(c.Candidates, func(x analyze.Candidate) bool { return !finite(x.Score) })
		c.Candidates = withCause(&c)
		f.Cause = &c
	}
	if f.Fix != nil {
		x := *f.Fix
		x.Steps = list(x.Steps)
		f.Fix = &x
	}
	return f
}

// withCause puts the cause itself before what else the source could be blamed
// for: a rank says little without its first.
func withCause(c *analyze.Cause) []analyze.Candidate {
	at := analyze.Position{Func: c.Func, File: c.File, Line: c.Line}
	named := slices.ContainsFunc(c.Candidates, func(x analyze.Candidate) bool { return x.File == at.File && x.Line == at.Line })
	if c.Kind != analyze.Derived || len(c.Candidates) == 0 || named {
		return c.Candidates
	}
	return append([]analyze.Candidate{{Position: at, Score: 1, Why: c.Text}}, c.Candidates...)
}

func excerpts(code []analyze.Excerpt) []analyze.Excerpt {
	code = slices.Clone(code)
	for i := range code {
		code[i].Lines, code[i].Marks = list(code[i].Lines), list(code[i].Marks)
	}
	return code
}

func impact(m analyze.Impact) analyze.Impact {
	m.Project = list(m.Project)
	m.Limits = list(m.Limits)
	if m.StackPerLeak != nil && !finite(*m.StackPerLeak) {
		m.StackPerLeak = nil
	}
	return m
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// siteName is the function people know the site by: the one with the go
// statement, else the entry.
func siteName(s goroutine.Site) string {
	if s.Func != "" {
		return s.Func
	}
	return s.Entry
}
