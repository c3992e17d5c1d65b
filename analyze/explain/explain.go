// Package explain reads a target's source tree and says of each finding how its
// goroutines came to stay, which line is to blame, and what change ends it; and
// which go statements that look untracked are not leaking. What the profiles
// measured is never changed: what the source adds is marked as derived.
package explain

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/mechanism"
	"github.com/logcap/logcap/analyze/explain/repair"
	"github.com/logcap/logcap/analyze/explain/source"
)

// Options says where the source is and what may be done with it.
type Options struct {
	Source source.Options
	// Build compiles each change, with the go command on the PATH.
	Build bool
}

func (o Options) env() []string {
	if o.Source.Env != nil {
		return o.Source.Env
	}
	return os.Environ()
}

// telling is one run of Explain.
type telling struct {
	options Options
	tree    *source.Tree
	a       *analyze.Analysis
}

// Explain adds to an analysis what the source says. Whatever stands in the way
// becomes a warning; the analysis is as good as before then.
func Explain(ctx context.Context, a *analyze.Analysis, o Options) {
	wanted := slices.ContainsFunc(a.Findings, func(f analyze.Finding) bool { return worth(&f) })
	if !wanted && o.Source.Path == "" {
		return
	}
	tree, err := source.Open(ctx, o.Source, hints(a))
	if err != nil {
		var none *source.NoSource
		if o.Source.Path == "" && errors.As(err, &none) {
			return // nobody said that there is one; the report says that none was read
		}
		warn(a, "the source was not read: "+err.Error())
		return
	}
	for _, w := range tree.Warnings {
		warn(a, w)
	}
	if len(tree.Program.Packages) == 0 {
		return // not the source, or none; the warnings say so
	}
	t := &telling{options: o, tree: tree, a: a}
	a.Tree = t.describe()
	for i := range a.Findings {
		if f := &a.Findings[i]; worth(f) {
			t.finding(ctx, f)
		}
	}
	t.clear()
}

func warn(a *analyze.Analysis, w string) {
	if !slices.Contains(a.Warnings, w) {
		a.Warnings = append(a.Warnings, w)
	}
}

// worth: what grows with its load is no leak, and has no cause.
func worth(f *analyze.Finding) bool {
	return f.Verdict != analyze.GrowingWithLoad && f.Verdict != analyze.Stable
}

// hints are the positions by which the tree is found.
func hints(a *analyze.Analysis) source.Hints {
	h := source.Hints{GoVersion: a.Target.GoVersion}
	add := func(p analyze.Position) {
		if p.Func != "" || p.File != "" {
			h.Positions = append(h.Positions, asked(p))
		}
	}
	for i := range a.Findings {
		f := &a.Findings[i]
		if !worth(f) {
			continue
		}
		add(analyze.Position{Func: f.Site.Func, File: f.Site.File, Line: f.Site.Line})
		add(f.Blocked)
		for _, p := range f.Stack {
			add(p)
		}
		for _, p := range f.Lineage {
			add(p.Position)
		}
	}
	for _, i := range a.Inventory {
		add(analyze.Position{Func: i.Site.Func, File: i.Site.File, Line: i.Site.Line})
	}
	return h
}

// find maps a position of a profile into the tree.
func (t *telling) find(p analyze.Position) (string, int, bool) {
	place, ok := t.tree.Locate(asked(p))
	return place.File, place.Line, ok
}

// asked is a position as the tree is asked for it.
func asked(p analyze.Position) source.Position {
	return source.Position{Func: p.Func, File: p.File, Line: p.Line, Start: p.Start}
}

// rel is a file's path from the top of the tree, with slashes.
func (t *telling) rel(file string) string {
	if rel, err := filepath.Rel(t.tree.Root, file); err == nil {
		return filepath.ToSlash(rel)
	}
	return file
}

// finding explains one finding.
func (t *telling) finding(ctx context.Context, f *analyze.Finding) {
	if t.elsewhere(f) {
		return
	}
	c := mechanism.New(t.tree.Program, f, t.find)
	t.doubts(f)
	d, excluded := mechanism.Decide(c)
	for _, e := range excluded {
		f.Excluded = append(f.Excluded, analyze.Excluded{Mechanism: e.Mechanism, Why: e.Why})
	}
	if d == nil {
		f.Code = t.excerpts(t.marks(c, nil))
		return
	}
	t.decided(f, d)
	f.Code = t.excerpts(t.marks(c, d))
	f.Fix = t.fix(ctx, offered(f, d))
}

// elsewhere says that the goroutines run code that is neither in the tree nor a
// library's: what they wait for cannot be found here.
func (t *telling) elsewhere(f *analyze.Finding) bool {
	for _, p := range f.Stack {
		if _, _, ok := t.find(p); ok {
			return false
		}
	}
	return slices.ContainsFunc(f.Stack, analyze.OwnCode)
}

// offered is the change that a decision allows. Where neither the profiles say
// that this is a leak nor the source that it is this one, there are only words: a
// diff would be taken for more than is known.
func offered(f *analyze.Finding, d *mechanism.Decision) *repair.Fix {
	if d.Fix == nil || d.Sure || f.Verdict != analyze.Suspect || len(d.Fix.Edits) == 0 {
		return d.Fix
	}
	return &repair.Fix{Title: d.Fix.Title, Why: d.Fix.Why, Steps: append([]string{fmt.Sprintf("if this is a leak, and it is %s: %s", d.Mechanism, d.Fix.Title)}, d.Fix.Steps...)}
}

// decided takes over a decision: sure ones name the mechanism, others rank first among the candidates.
func (t *telling) decided(f *analyze.Finding, d *mechanism.Decision) {
	was, open := f.Mechanism, len(f.Candidates) > 0 || f.Mechanism == analyze.Unknown || f.Mechanism == ""
	switch {
	case d.Sure || open && len(f.Candidates) == 0:
		f.Mechanism, f.Candidates = d.Mechanism, nil
		if !open && was != d.Mechanism {
			f.Evidence = append(f.Evidence, analyze.Evidence{Kind: analyze.Measured, Text: fmt.Sprintf("profiles alone would have said %s", was)})
		}
	case open:
		f.Mechanism = d.Mechanism
		f.Candidates = slices.DeleteFunc(slices.Clone(f.Candidates), func(m analyze.Mechanism) bool { return m == d.Mechanism })
		f.Candidates = append([]analyze.Mechanism{d.Mechanism}, f.Candidates...)
	}
	if f.Cause != nil && f.Cause.Text != "" {
		f.Evidence = append(f.Evidence, analyze.Evidence{Kind: f.Cause.Kind, Text: f.Cause.Text, File: f.Cause.File, Line: f.Cause.Line})
	}
	for _, e := range d.Evidence {
		at := t.tree.Program.Position(e.Pos)
		f.Evidence = append(f.Evidence, analyze.Evidence{Kind: analyze.Derived, Text: e.Text, File: t.rel(at.Filename), Line: at.Line})
	}
	f.Cause = t.cause(d)
}

// cause is the line to blame, and what else could be. Without a position no
// place stands clear of the others, and the candidates are all there is to say.
func (t *telling) cause(d *mechanism.Decision) *analyze.Cause {
	c := &analyze.Cause{Text: d.Cause.Text, Kind: analyze.Derived}
	if d.Cause.Pos.IsValid() {
		at := t.position(d.Cause.Pos)
		c.File, c.Line, c.Func = at.File, at.Line, at.Func
	}
	for _, o := range d.Candidates {
		if o.Pos.IsValid() {
			c.Candidates = append(c.Candidates, analyze.Candidate{Position: t.position(o.Pos), Why: o.Why, Score: o.Score})
		}
	}
	for _, o := range d.Others {
		if o.Pos.IsValid() && len(d.Candidates) == 0 {
			c.Candidates = append(c.Candidates, analyze.Candidate{Position: t.position(o.Pos), Why: o.Text})
		}
	}
	return c
}

func (t *telling) position(pos token.Pos) analyze.Position {
	at := t.tree.Program.Position(pos)
	p := analyze.Position{File: t.rel(at.Filename), Line: at.Line}
	if fn := t.tree.Program.Around(pos); fn != nil {
		p.Func = fn.Name
	}
	return p
}

// doubts says once a finding where the source is not what ran.
func (t *telling) doubts(f *analyze.Finding) {
	for _, p := range append([]analyze.Position{{Func: f.Site.Func, File: f.Site.File, Line: f.Site.Line}, f.Blocked}, f.Stack...) {
		if place, ok := t.tree.Locate(asked(p)); ok && place.Doubt != "" {
			f.Evidence = append(f.Evidence, analyze.Evidence{Kind: analyze.Derived, Text: place.Doubt, File: place.Rel, Line: place.Line})
			return
		}
	}
}

// marks are the lines to show, the cause first.
func (t *telling) marks(c *mechanism.Case, d *mechanism.Decision) []marked {
	var out []marked
	add := func(pos token.Pos, text string) {
		if pos.IsValid() {
			at := t.tree.Program.Position(pos)
			out = append(out, marked{at.Filename, at.Line, text})
		}
	}
	if d != nil {
		add(d.Cause.Pos, "cause: "+d.Cause.Text)
	}
	if c.Op != nil {
		add(c.Op.Pos(), "the goroutines wait here")
	}
	if c.Launch != nil {
		add(c.Launch.Expr.Pos(), "the goroutines start here")
	}
	if d != nil {
		for _, e := range d.Evidence {
			add(e.Pos, e.Text)
		}
	}
	return out
}

func (t *telling) describe() *analyze.Tree {
	out := &analyze.Tree{Module: t.tree.Module, Level: t.tree.Level.String(), Packages: len(t.tree.Program.Packages), Lines: t.tree.Lines}
	h := hints(t.a)
	for _, p := range h.Positions {
		out.Asked++
		if _, ok := t.tree.Locate(p); ok {
			out.Placed++
		}
	}
	return out
}
