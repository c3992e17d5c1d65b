package explain

import (
	"context"
	"fmt"
	"go/ast"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// fix makes a change out of a fix: a diff when it can be made and compiles, else the steps.
func (t *telling) fix(ctx context.Context, x *repair.Fix) *analyze.Fix {
	if x == nil {
		return nil
	}
	out := &analyze.Fix{Title: x.Title, Why: x.Why, Steps: slices.Clone(x.Steps)}
	if len(x.Edits) == 0 {
		return out
	}
	change, err := repair.Apply(t.tree.Program.Fset, t.tree.Text, x)
	if err != nil {
		out.Steps = append(out.Steps, x.Title+" (no diff could be made: "+err.Error()+")")
		return out
	}
	for _, name := range change.Names() {
		if ast.IsGenerated(t.tree.Program.Syntax(name)) {
			out.Steps = append(out.Steps, fmt.Sprintf("%s (%s is generated: change what it is generated from)", x.Title, t.rel(name)))
			return out
		}
	}
	diff := change.Diff(t.rel)
	if t.options.Build {
		compiles, output := t.compile(ctx, change)
		if compiles != nil && !*compiles {
			out.Steps = append(out.Steps, x.Title+" (a change was worked out and did not compile, so it is not shown: "+output+")")
			return out
		}
		out.Compiles = compiles
	}
	out.Diff = &diff
	return out
}

// compile says whether a change compiles; nil when that cannot be known: there
// is no compiler, or the tree does not build without the change either.
func (t *telling) compile(ctx context.Context, change *repair.Change) (ok *bool, output string) {
	build := func(c *repair.Change) (repair.Outcome, bool) {
		got, err := repair.Build(ctx, t.tree.Root, t.packages(), c, t.options.env())
		if err != nil {
			warn(t.a, "changes were not compiled: "+err.Error())
		}
		return got, err == nil
	}
	got, tried := build(change)
	if !tried {
		return nil, ""
	}
	if !got.OK {
		before, tried := build(&repair.Change{})
		if !tried {
			return nil, ""
		}
		if !before.OK {
			line, _, _ := strings.Cut(before.Output, "\n")
			warn(t.a, "changes were not compiled: the tree does not build as it is: "+line)
			return nil, ""
		}
	}
	return &got.OK, got.Output
}

// packages are what is compiled to try a change: the watched command, else all that were read.
func (t *telling) packages() []string {
	if t.tree.Command != "" {
		return []string{t.tree.Command}
	}
	var out []string
	for _, p := range t.tree.Program.Packages {
		out = append(out, p.Path)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
