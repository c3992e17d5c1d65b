package code

import (
	"go/ast"
	"go/types"
)

// Outward says in the names of a call's function what a path in the names of the called one is.
func (p *Program) Outward(path Path, g *Func, c *Call) Path {
	if c == nil || c.In == nil {
		if captured(path, g) {
			return path
		}
		return global(path)
	}
	return p.outward(path, g, c, c.In, mostSteps)
}

func (p *Program) outward(path Path, g *Func, c *Call, f *Func, depth int) Path {
	v, ok := path.Root.(*types.Var)
	if !ok || path == global(path) || path.Of != nil && path.Of != g.Declared() {
		return path
	}
	var base Path
	switch place, found := placeOf(g, v); {
	case !found:
		if captured(path, g) {
			return path
		}
		return Path{}
	case place < 0 && c.Name == "":
		base = p.boundTo(g, f, depth)
	case place < 0:
		base = p.receiverPath(f, c.Expr, depth)
	case place < len(c.Expr.Args) && !g.Variadic():
		base = p.pathOf(f, c.Expr.Args[place], depth)
	}
	if base.Root == nil {
		return Path{}
	}
	return Path{Root: base.Root, Steps: base.Steps + path.Steps, Fixed: base.Fixed && path.Fixed, Of: base.Of}
}

// captured: a literal has the path's variable from the function around it, whoever calls the literal.
func captured(path Path, g *Func) bool {
	v, ok := path.Root.(*types.Var)
	return ok && g.Lit != nil && path.Of == g.Declared() && (v.Pos() < g.Lit.Pos() || v.Pos() >= g.Lit.End())
}

// boundTo is what a method is bound to that f calls as a function value: by those who hand it to f.
func (p *Program) boundTo(g, f *Func, depth int) Path {
	for _, c := range p.callersOf[f] {
		for _, arg := range c.Expr.Args {
			sel, ok := ast.Unparen(arg).(*ast.SelectorExpr)
			if !ok || c.In == nil {
				continue
			}
			if fn, ok := c.Pkg.Info.Uses[sel.Sel].(*types.Func); ok && p.FuncOf(fn) == g {
				return p.pathOf(c.In, sel.X, depth)
			}
		}
	}
	return Path{}
}

// global is a path that means the same everywhere, else none.
func global(path Path) Path {
	if v, ok := path.Root.(*types.Var); ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
		return path
	}
	return Path{}
}

// placeOf is a parameter's place, -1 for the receiver.
func placeOf(g *Func, v *types.Var) (int, bool) {
	if g.Decl != nil && g.Decl.Recv != nil {
		for _, field := range g.Decl.Recv.List {
			for _, name := range field.Names {
				if g.Pkg.Info.Defs[name] == types.Object(v) {
					return -1, true
				}
			}
		}
	}
	for i, param := range g.Params() {
		if param == v {
			return i, true
		}
	}
	return 0, false
}
