package lint

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// groups looks for WaitGroups whose counter certainly stays above zero: a
// goroutine that leaves without its Done, or an Add behind which none is started.
func (l *linter) groups() {
	for _, f := range l.program.Funcs {
		for _, op := range l.program.OpsIn(f, code.Add) {
			if !l.addsOne(op) || op.Deferred || l.groupLeaves(op.On) || len(l.program.Ops(op.On, code.Wait)) == 0 {
				continue
			}
			l.addedInVain(f, op)
		}
	}
}

// addsOne: wg.Add(1).
func (l *linter) addsOne(op *code.Op) bool {
	call, ok := op.Node.(*ast.CallExpr)
	return ok && len(call.Args) == 1 && l.constant(call.Args[0]) == 1
}

// groupLeaves says whether code that is not seen may count the group down.
func (l *linter) groupLeaves(v *code.Value) bool {
	if v.Escapes() || len(v.Objects()) == 0 {
		return true
	}
	for _, obj := range v.Objects() {
		x, ok := obj.(*types.Var)
		if !ok || x.Exported() && l.pkg.Name != "main" {
			return true
		}
		for _, c := range l.program.UsesOf(x) {
			sel := c
			for sel.Node() != nil {
				s, ok := sel.Node().(*ast.SelectorExpr)
				if ok && s.Sel.Name == "Done" {
					break
				}
				if _, ok := sel.Node().(ast.Expr); !ok {
					break
				}
				sel = sel.Parent()
			}
			if s, ok := sel.Node().(*ast.SelectorExpr); ok && s.Sel.Name == "Done" {
				call, ok := sel.Parent().Node().(*ast.CallExpr)
				if !ok || ast.Unparen(call.Fun) != ast.Expr(s) {
					return true // Done is handed on as a value
				}
			}
		}
	}
	return false
}

// addedInVain: behind the Add there is a way out that starts no goroutine which
// counts down, and on which the function does not count down itself; and all that counts
// down is started by this function.
func (l *linter) addedInVain(f *code.Func, add *code.Op) {
	g := l.program.Graph(f)
	counts := map[ast.Node]bool{}
	for _, done := range l.program.Ops(add.On, code.Done) {
		if done.In == nil || !l.onlyLaunched(done.In, f) {
			return
		}
		here := false
		if done.In == f {
			if step := l.step(f, done.Node.(*ast.CallExpr)); step != nil {
				counts[step], here = true, true
			}
		}
		for _, at := range l.launches(done.In) {
			if step := l.step(f, at.call.Expr); at.call.In == f && step != nil {
				counts[step], here = true, true
			}
		}
		if !here {
			return // somebody else counts down, perhaps for this Add
		}
	}
	if len(counts) == 0 || !g.Holds(add.Node) || g.InLoop(add.Node) {
		return
	}
	_, exits := g.Search(add.Node, in(counts), nil)
	exit := l.onlyBehind(f, add.Node, in(counts), exits)
	if exit == nil {
		return
	}
	pos, how := leaving(exit)
	l.add(diagnostic{
		pos: pos, mechanism: analyze.WaitGroupMisuse, related: []place{{add.Node.Pos(), "the group is counted up here"}},
		text: fmt.Sprintf("%s has counted %s up and %s here without starting what counts it down: Wait never returns", short(f), lockName(add), how),
	})
}

// onlyLaunched says that a function runs only where it is seen to be called or
// started: it is f itself, a literal that stands in a go statement or a launcher's call, or never a value.
func (l *linter) onlyLaunched(g, f *code.Func) bool {
	if g == f {
		return true
	}
	if g.Decl != nil {
		return !g.Exposed() && !l.isValue(g)
	}
	for _, c := range l.program.CallersOf(g) {
		if c.Kind == code.Go && ast.Unparen(c.Expr.Fun) == ast.Expr(g.Lit) {
			return true
		}
		if i, ok := code.Launches(c.Name); ok && c.Kind == code.Launch && ast.Unparen(c.Expr.Args[i]) == ast.Expr(g.Lit) {
			return true
		}
	}
	return false
}
