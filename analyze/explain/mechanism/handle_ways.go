package mechanism

import (
	"go/ast"
	"go/token"
	"go/types"

	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// stepAround is the step of f that a node is, or that is around it; nil when there is none.
func (c *Case) stepAround(f *code.Func, n ast.Node) ast.Node {
	g := c.Program.Graph(f)
	for ; n != nil && n != f.Node(); n = c.Program.Parent(n) {
		if g.Holds(n) {
			return n
		}
	}
	return nil
}

// literalStep is the step of f by which a literal in it is run: the go or defer
// statement, the call it is handed to, or the call of the variable that holds it.
func (c *Case) literalStep(f, lit *code.Func, n ast.Node) ast.Node {
	for lit.Outer != nil && lit.Outer != f {
		lit = lit.Outer
	}
	if lit.Lit == nil {
		return c.stepAround(f, n)
	}
	for _, call := range c.Program.CallersOf(lit) {
		if call.In == f {
			return c.stepAround(f, call.Expr)
		}
	}
	return c.stepAround(f, lit.Lit)
}

// assigned finds the variables that the level's expression is assigned to.
func (l *level) assigned(p *code.Program) {
	if l.x == nil {
		return
	}
	if l.obj != nil {
		l.held = l.obj
	}
	info := l.in.Pkg.Info
	variable := func(x ast.Expr) *types.Var {
		id, ok := ast.Unparen(x).(*ast.Ident)
		if !ok {
			return nil
		}
		v, _ := info.ObjectOf(id).(*types.Var)
		return v
	}
	var x ast.Node = l.x
	for {
		outer := p.Parent(x)
		switch n := outer.(type) {
		case *ast.ParenExpr:
			x = outer
			continue
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				x = outer
				continue
			}
		case *ast.AssignStmt:
			l.names(n.Rhs, n.Lhs, x, variable)
		case *ast.ValueSpec:
			names := make([]ast.Expr, len(n.Names))
			for i, id := range n.Names {
				names[i] = id
			}
			l.names(n.Values, names, x, variable)
		}
		return
	}
}

func (l *level) names(rhs, lhs []ast.Expr, x ast.Node, variable func(ast.Expr) *types.Var) {
	if len(rhs) == len(lhs) {
		for i, r := range rhs {
			if r == x && l.obj == nil {
				l.held = variable(lhs[i])
			} else if r == x {
				l.errorOf(variable(lhs[i]))
			}
		}
		return
	}
	for i, to := range lhs {
		if i == l.result && l.obj == nil {
			l.held = variable(to)
		} else {
			l.errorOf(variable(to))
		}
	}
}

func (l *level) errorOf(v *types.Var) {
	if v != nil && code.TypeName(v.Type()) == "error" {
		l.err = v
	}
}

// ways looks for ways from where the handle is made out of the function, on
// which it is neither given back nor handed on.
func (h *handles) ways(l *level) {
	if l.step == nil {
		return
	}
	g := h.c.Program.Graph(l.in)
	done := func(n ast.Node) bool {
		return slices.Contains(l.closes, n) || slices.Contains(l.drains, n) || slices.Contains(l.escapes, n) ||
			slices.ContainsFunc(l.leaves, func(v leave) bool { return v.step == n })
	}
	if done(l.step) { // it leaves as it is made
		return
	}
	again := func(n ast.Node) bool { return n == l.step }
	var found []ast.Node
	for _, from := range h.begins(l, done) {
		f, exits := g.SearchIf(from, func(n ast.Node) bool { return n == l.step || done(n) }, again, h.never(l))
		found = append(found, f...)
		for _, e := range exits {
			if !slices.Contains(l.exits, e) {
				l.exits = append(l.exits, e)
			}
		}
	}
	l.again = len(found) > 0 && (l.obj == nil && !l.collected || l.obj != nil && h.replaced(l))
	for _, n := range l.closes {
		if d, ok := n.(*ast.DeferStmt); ok && l.late == nil && g.Before(l.step, d) && g.Before(d, l.step) {
			l.late = d
		}
	}
}

// begins are the steps from which on the handle has to be given back: where it
// is made, or where it is used first and a defer does not give it back already.
func (h *handles) begins(l *level, done func(ast.Node) bool) []ast.Node {
	if !h.idle || len(l.uses) == 0 && len(l.closes)+len(l.leaves) == 0 {
		return []ast.Node{l.step}
	}
	if slices.Contains(l.uses, l.step) {
		return []ast.Node{l.step}
	}
	found, _ := h.c.Program.Graph(l.in).SearchIf(l.step, done, func(n ast.Node) bool { return slices.Contains(l.uses, n) && !done(n) }, h.never(l))
	return found
}

// replaced says whether a loop puts one handle after another into the same place.
func (h *handles) replaced(l *level) bool {
	if slices.ContainsFunc(l.paths, func(path []string) bool { return slices.Contains(path, "*") }) || slices.Contains(l.closes, l.step) {
		return false
	}
	loop := h.c.loopOf(l.in, l.step)
	return loop != nil
}

// never: where the error that comes with a handle is not nil there is no handle.
func (h *handles) never(l *level) func(ast.Expr, bool) bool {
	info := l.in.Pkg.Info
	return func(cond ast.Expr, holds bool) bool {
		b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
		if !ok || b.Op != token.EQL && b.Op != token.NEQ {
			return false
		}
		x, y := ast.Unparen(b.X), ast.Unparen(b.Y)
		if id, ok := x.(*ast.Ident); ok && id.Name == "nil" {
			x, y = y, x
		}
		if id, ok := y.(*ast.Ident); !ok || id.Name != "nil" {
			return false
		}
		isNil := (b.Op == token.EQL) == holds
		id, ok := x.(*ast.Ident)
		if !ok {
			return false
		}
		v, _ := info.ObjectOf(id).(*types.Var)
		switch {
		case v == nil:
			return false
		case v == l.err:
			return !isNil && !h.setBetween(l, v, cond.Pos())
		case v == l.held:
			return isNil && !h.setBetween(l, v, cond.Pos())
		}
		return false
	}
}

// setBetween says whether a variable may be set again between where the handle is made and a position.
func (h *handles) setBetween(l *level, v *types.Var, before token.Pos) bool {
	g := h.c.Program.Graph(l.in)
	set := false
	ast.Inspect(l.in.Body, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || set || a.Pos() <= l.x.Pos() || a.End() >= before {
			return !set
		}
		for _, to := range a.Lhs {
			if id, ok := to.(*ast.Ident); ok && l.in.Pkg.Info.ObjectOf(id) == types.Object(v) && g.Before(l.step, a) {
				set = true
			}
		}
		return true
	})
	return set
}
