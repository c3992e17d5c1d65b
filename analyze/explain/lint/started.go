package lint

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// started: a method that starts a goroutine on its receiver is called on a local variable that nobody ends.
func (l *linter) started(c *code.Call) {
	if c.In == nil || c.Kind != code.Plain {
		return
	}
	fn := code.Callee(l.pkg, c.Expr)
	o := l.opens(fn)
	sel, ok := ast.Unparen(c.Expr.Fun).(*ast.SelectorExpr)
	if o == nil || !o.Receiver || !ok {
		return
	}
	id, ok := ast.Unparen(sel.X).(*ast.Ident)
	if !ok {
		return
	}
	v, ok := l.pkg.Info.ObjectOf(id).(*types.Var)
	if !ok || v.Pos() < c.In.Body.Pos() || v.Pos() > c.In.Body.End() {
		return
	}
	flow := l.program.FollowObject(v)
	if !l.isNew(c.In, v) || l.ended(flow, o) || l.once(c.In) {
		return
	}
	m := analyze.HandlePerCall
	if l.own(fn) {
		m = analyze.ContractViolation
	}
	l.add(diagnostic{
		pos: c.Expr.Pos(), mechanism: m,
		text: fmt.Sprintf("%s starts a goroutine that only %s ends, and nobody calls that on %s", fn.Name(), quoted(o.Ends), v.Name()),
	})
}

// isNew says that a local variable holds what was made for it and nobody else knows.
func (l *linter) isNew(f *code.Func, v *types.Var) bool {
	isNew := true
	ast.Inspect(f.Body, func(n ast.Node) bool {
		s, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for i, x := range s.Lhs {
			id, ok := x.(*ast.Ident)
			if !ok || l.pkg.Info.ObjectOf(id) != v {
				continue
			}
			if len(s.Rhs) <= i && i > 0 {
				isNew = false
				continue
			}
			call, ok := ast.Unparen(s.Rhs[i]).(*ast.CallExpr)
			fn := (*types.Func)(nil)
			if ok {
				fn = code.Callee(l.pkg, call)
			}
			isNew = isNew && (isFresh(s.Rhs[i]) || fn != nil && l.pass.ImportObjectFact(fn.Origin(), &Makes{}))
		}
		return true
	})
	return isNew
}
