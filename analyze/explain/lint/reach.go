package lint

import (
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
)

func exprString(x ast.Expr) string { return types.ExprString(x) }

// deepest bounds how many calls lie between a function and what happens in it.
const deepest = 5

// reach are the functions that run when f does, in the same goroutine: itself and what it calls.
func (l *linter) reach(f *code.Func) []*code.Func {
	if out, ok := l.reaches[f]; ok {
		return out
	}
	seen := map[*code.Func]bool{f: true}
	out := []*code.Func{f}
	for i, level, end := 0, 0, 1; i < len(out) && level < deepest; i++ {
		for _, c := range l.program.CallsIn(out[i]) {
			if c.Kind == code.Go || c.Kind == code.Launch {
				continue
			}
			for _, g := range c.Callees {
				if !seen[g] {
					seen[g] = true
					out = append(out, g)
				}
			}
		}
		if i == end-1 {
			level, end = level+1, len(out)
		}
	}
	l.reaches[f] = out
	return out
}

// elsewhere are the functions that run in goroutines which f and what it calls start, and those that are deferred there.
func (l *linter) elsewhere(f *code.Func) map[*code.Func]bool {
	out := map[*code.Func]bool{}
	for _, g := range l.reach(f) {
		for _, c := range l.program.CallsIn(g) {
			if c.Kind == code.Plain {
				continue
			}
			for _, h := range c.Callees {
				for _, r := range l.reach(h) {
					out[r] = true
				}
			}
		}
	}
	return out
}

// step is the step of f's graph that a call is: of go and defer the statement. Nil when it is none.
func (l *linter) step(f *code.Func, call *ast.CallExpr) ast.Node {
	g := l.program.Graph(f)
	if g.Holds(call) {
		return call
	}
	return g.Find(func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.GoStmt:
			return s.Call == call
		case *ast.DeferStmt:
			return s.Call == call
		}
		return false
	})
}

// stepTo is the step of f at which a call in target, or in f itself, is made, over plain calls between. Nil when there is none.
func (l *linter) stepTo(f, target *code.Func, call *ast.CallExpr) ast.Node {
	if f == target {
		return l.step(f, call)
	}
	return l.leads(f, target, deepest)
}

// leads is the step of f by which target is called.
func (l *linter) leads(f, target *code.Func, depth int) ast.Node {
	if depth == 0 {
		return nil
	}
	for _, c := range l.program.CallersOf(target) {
		if c.Kind == code.Plain && c.In == f {
			return l.step(f, c.Expr)
		}
	}
	for _, c := range l.program.CallersOf(target) {
		if c.Kind == code.Plain && c.In != nil && c.In != target {
			if s := l.leads(f, c.In, depth-1); s != nil {
				return s
			}
		}
	}
	return nil
}

// once says whether a function runs a bounded number of times in a process: it
// is main, an initialisation, or called only by such a one, outside loops.
func (l *linter) once(f *code.Func) bool {
	if f == nil {
		return true
	}
	if known, ok := l.onces[f]; ok {
		return known
	}
	l.onces[f] = false // a function that calls itself does not
	l.onces[f] = l.runsOnce(f)
	return l.onces[f]
}

func (l *linter) runsOnce(f *code.Func) bool {
	if f.Decl != nil && f.Decl.Recv == nil && (f.Decl.Name.Name == "main" && f.Pkg.Name == "main" || f.Decl.Name.Name == "init") {
		return true
	}
	if f.Decl != nil && (f.Exposed() || l.isValue(f)) {
		return false
	}
	callers := l.program.CallersOf(f)
	if len(callers) == 0 {
		return false
	}
	for _, c := range callers {
		if c.In == nil {
			continue
		}
		s := l.step(c.In, c.Expr)
		if s == nil || l.program.Graph(c.In).InLoop(s) || !l.once(c.In) {
			return false
		}
	}
	return true
}

// isValue says whether a declared function is also used other than by calling it.
func (l *linter) isValue(f *code.Func) bool {
	called := 0
	for _, c := range l.program.CallersOf(f) {
		if c.Kind != code.Launch {
			called++
		}
	}
	return len(l.program.UsesOf(f.Obj)) > called
}
