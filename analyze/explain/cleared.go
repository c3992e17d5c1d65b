package explain

import (
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/goroutine"
)

// spot is a line of the tree.
type spot struct {
	file string
	line int
}

// clear lists the go statements that look untracked and whose site is flat or
// absent: nobody counts what they start, nothing that they are given ends it,
// and it is not what leaks here. A watch that decided nothing clears nobody.
func (t *telling) clear() {
	if t.a.Verdict == analyze.Inconclusive {
		return
	}
	seen, accused := t.counts()
	p := t.tree.Program
	for _, call := range p.Calls() {
		if call.Kind != code.Go || call.In == nil || tracked(p, call) {
			continue
		}
		at := p.Position(call.Expr.Pos())
		where := spot{at.Filename, at.Line}
		if accused[where] {
			continue
		}
		site := goroutine.Site{Func: call.In.Name, File: t.rel(at.Filename), Line: at.Line, Package: call.In.Pkg.Path, Exact: true}
		if len(call.Callees) == 1 {
			site.Entry = call.Callees[0].Name
		}
		if known := t.byEntry(call); known != nil {
			seen[where] = *known
		}
		n := seen[where]
		why := "no WaitGroup counts its goroutines and no context ends them, and they do not pile up"
		if n.First == 0 && n.Last == 0 {
			why = "no WaitGroup counts its goroutines and no context ends them; none was there at the start of the watch or at its end"
		}
		t.a.Cleared = append(t.a.Cleared, analyze.Cleared{Site: site, Count: n, Why: why, Kind: analyze.Derived})
	}
}

// counts are the inventory's sites by their place in the tree, and the places that findings are about.
func (t *telling) counts() (seen map[spot]analyze.Count, accused map[spot]bool) {
	seen, accused = map[spot]analyze.Count{}, map[spot]bool{}
	for _, i := range t.a.Inventory {
		if at, ok := t.spot(i.Site); ok {
			n := seen[at]
			seen[at] = analyze.Count{First: n.First + i.First, Last: n.Last + i.Last}
			if i.Class == analyze.ClassGrowing || i.Class == analyze.ClassStuck {
				accused[at] = true
			}
		}
	}
	for i := range t.a.Findings {
		f := &t.a.Findings[i]
		for _, s := range append([]goroutine.Site{f.Site}, f.Sites...) {
			if at, ok := t.spot(s); ok {
				accused[at] = true
			}
		}
		for _, c := range f.Creators {
			if file, line, ok := t.find(c.Position); ok {
				accused[spot{file, line}] = true
			}
		}
		for _, v := range f.Victims {
			if at, ok := t.spot(v.Site); ok {
				accused[at] = true
			}
		}
	}
	return seen, accused
}

func (t *telling) spot(s goroutine.Site) (spot, bool) {
	place, ok := t.tree.Locate(asked(analyze.Position{Func: s.Func, File: s.File, Line: s.Line}))
	return spot{place.File, place.Line}, ok
}

// byEntry finds the counts of a site whose go statement the profiles do not tell: by what it runs, when this is the only statement that starts it.
func (t *telling) byEntry(call *code.Call) *analyze.Count {
	if len(call.Callees) != 1 {
		return nil
	}
	entry := call.Callees[0]
	for _, other := range t.tree.Program.CallersOf(entry) {
		if other != call && (other.Kind == code.Go || other.Kind == code.Launch) {
			return nil
		}
	}
	for _, i := range t.a.Inventory {
		if !i.Site.Exact && entry.Decl != nil && code.Declared(i.Site.Entry) == entry.Name {
			return &analyze.Count{First: i.First, Last: i.Last}
		}
	}
	return nil
}

// tracked: a WaitGroup counts the goroutine, it is given a context, or who starts it waits for it.
func tracked(p *code.Program, call *code.Call) bool {
	for _, f := range call.Callees {
		if counted(p, f) || usesContext(f) || awaited(p, call, f) {
			return true
		}
	}
	for _, arg := range call.Expr.Args {
		if code.TypeName(call.Pkg.Info.TypeOf(arg)) == "context.Context" {
			return true
		}
	}
	return len(call.Callees) == 0 // what it runs was not read
}

func counted(p *code.Program, f *code.Func) bool {
	for _, op := range p.All(code.Done) {
		if op.In != nil && op.In.Within(f) {
			return true
		}
	}
	return false
}

// awaited: the function that starts the goroutine receives what it closes or sends in the end.
func awaited(p *code.Program, call *code.Call, f *code.Func) bool {
	for _, op := range p.OpsIn(f, code.Close, code.Send) {
		for _, r := range p.Ops(op.On, code.Receive, code.Range) {
			if r.In != nil && r.In.Declared() == call.In.Declared() {
				return true
			}
		}
	}
	return false
}

// usesContext says whether a context is used in the function.
func usesContext(f *code.Func) bool {
	found := false
	ast.Inspect(f.Node(), func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := f.Pkg.Info.ObjectOf(id).(*types.Var); ok && code.TypeName(v.Type()) == "context.Context" {
				found = true
			}
		}
		return !found
	})
	return found
}
