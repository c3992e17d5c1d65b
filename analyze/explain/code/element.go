package code

import (
	"go/ast"
	"go/types"
)

// Element is what a slice, map or channel holds; of a context its Done channel, of a Cond its lock.
func (v *Value) Element() *Value {
	if v == nil {
		return nil
	}
	return v.element()
}

// LiftTo are the steps of f by which a function literal inside f comes to run:
// the call it is handed to, the go or defer statement, the calls of the variable that holds it.
func (p *Program) LiftTo(f, lit *Func) []ast.Node {
	return p.lift(f, lit, 0)
}

func (p *Program) lift(f, lit *Func, depth int) []ast.Node {
	if lit == nil || lit.Lit == nil || depth > 4 {
		return nil
	}
	var out []ast.Node
	if call, ok := p.Parent(lit.Lit).(*ast.CallExpr); ok {
		return p.stepOf(f, p.Around(call.Pos()), call, depth)
	}
	for _, c := range p.CallersOf(lit) {
		out = append(out, p.stepOf(f, c.In, c.Expr, depth)...)
	}
	return out
}

// stepOf is a call as a step of f, which it stands in or in a literal inside of which it stands.
func (p *Program) stepOf(f, in *Func, call *ast.CallExpr, depth int) []ast.Node {
	if in == f {
		if step := p.StepOf(f, call); step != nil {
			return []ast.Node{step}
		}
		return nil
	}
	if in == nil || in.Lit == nil {
		return nil
	}
	return p.lift(f, in, depth+1)
}

// StepOf is the step of f's graph that a node is: of the call of a go or defer statement the statement.
func (p *Program) StepOf(f *Func, n ast.Node) ast.Node {
	g := p.Graph(f)
	if g.Holds(n) {
		return n
	}
	if call, ok := n.(*ast.CallExpr); ok {
		switch s := p.Parent(call).(type) {
		case *ast.GoStmt, *ast.DeferStmt:
			if g.Holds(s) {
				return s
			}
		}
	}
	for x := p.Parent(n); x != nil; x = p.Parent(x) {
		if g.Holds(x) {
			return x
		}
		if _, ok := x.(*ast.FuncLit); ok {
			return nil
		}
	}
	return nil
}

// Scope is the innermost scope around a position of a package.
func (pkg *Package) Scope(n ast.Node) *types.Scope {
	if pkg.Types == nil {
		return nil
	}
	return pkg.Types.Scope().Innermost(n.Pos())
}
