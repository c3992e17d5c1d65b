// Package lint says of source alone what is certain to keep goroutines: a
// go/analysis analyzer that asks the same facts as the explanation of a finding,
// and speaks only where they are closed. It looks at one package at a time; what
// is known of others arrives as facts, and whatever gets out of the package's
// sight is left alone.
package lint

import (
	"cmp"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// Analyzer reports what keeps goroutines for ever, as far as it can be proved.
// The category of a diagnostic is the mechanism.
func Analyzer() *analysis.Analyzer {
	return &analysis.Analyzer{
		Name:      "leaks",
		Doc:       "report goroutines that can never end\n\nSends that nobody receives, locks that are kept, handles and contexts that nobody ends: only what the source proves.",
		URL:       "https://github.com/logcap/logcap/blob/main/docs/lint.md",
		Run:       run,
		FactTypes: []analysis.Fact{new(Opens), new(Makes), new(Keeps), new(Responds)},
	}
}

// linter is one run on one package.
type linter struct {
	pass    *analysis.Pass
	program *code.Program
	pkg     *code.Package
	found   []diagnostic
	reaches map[*code.Func][]*code.Func
	onces   map[*code.Func]bool
}

// diagnostic is something to report.
type diagnostic struct {
	pos       token.Pos
	text      string
	mechanism analyze.Mechanism
	related   []place
	fix       *repair.Fix
}

// place is a line that belongs to a diagnostic.
type place struct {
	pos  token.Pos
	text string
}

func run(pass *analysis.Pass) (any, error) {
	pkg := &code.Package{Path: pass.Pkg.Path(), Name: pass.Pkg.Name(), Types: pass.Pkg, Info: pass.TypesInfo}
	for _, f := range pass.Files {
		if name := pass.Fset.Position(f.FileStart).Filename; strings.HasSuffix(name, ".go") {
			pkg.Files = append(pkg.Files, f)
		}
	}
	l := &linter{
		pass: pass, pkg: pkg, program: code.New(pass.Fset, []*code.Package{pkg}),
		reaches: map[*code.Func][]*code.Func{}, onces: map[*code.Func]bool{},
	}
	l.facts()
	l.channels()
	l.waits()
	l.cancels()
	l.handles()
	l.locks()
	l.groups()
	l.bodies()
	l.report()
	return nil, nil
}

func (l *linter) add(d diagnostic) { l.found = append(l.found, d) }

// report hands over what was found, once a line and mechanism, in the order of the source.
func (l *linter) report() {
	slices.SortStableFunc(l.found, func(a, b diagnostic) int { return cmp.Compare(a.pos, b.pos) })
	type key struct {
		file      string
		line      int
		mechanism analyze.Mechanism
	}
	seen := map[key]bool{}
	for _, d := range l.found {
		at := l.pass.Fset.Position(d.pos)
		k := key{at.Filename, at.Line, d.mechanism}
		if seen[k] || strings.HasSuffix(at.Filename, "_test.go") {
			continue // what a test leaves behind ends with its process
		}
		seen[k] = true
		out := analysis.Diagnostic{Pos: d.pos, Category: string(d.mechanism), Message: d.text}
		for _, r := range d.related {
			out.Related = append(out.Related, analysis.RelatedInformation{Pos: r.pos, Message: r.text})
		}
		if d.fix != nil && len(d.fix.Edits) > 0 && len(d.fix.Imports) == 0 {
			out.SuggestedFixes = []analysis.SuggestedFix{suggested(d.fix)}
		}
		l.pass.Report(out)
	}
}

func suggested(f *repair.Fix) analysis.SuggestedFix {
	out := analysis.SuggestedFix{Message: f.Title}
	for _, e := range f.Edits {
		out.TextEdits = append(out.TextEdits, analysis.TextEdit{Pos: e.Pos, End: e.End, NewText: []byte(e.New)})
	}
	return out
}

// short is a function's name without the path of its package.
func short(f *code.Func) string {
	if f == nil {
		return "the package"
	}
	name := f.Name[strings.LastIndexByte(f.Name, '/')+1:]
	_, name, _ = strings.Cut(name, ".")
	return name
}

// text is an expression as it is written, on one line and shortened.
func text(n ast.Node) string {
	x, ok := n.(ast.Expr)
	if !ok {
		return "it"
	}
	s := exprString(x)
	if len(s) > 50 {
		s = s[:47] + "…"
	}
	return s
}
