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
		return p.stepOf(f, lit.Outer, call, depth)
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

// typeParam is the type parameter that is a result's type, nil when it is another type.
func (f *Func) typeParam(i int) *types.TypeParam {
	if f.Obj == nil {
		return nil
	}
	results := f.Obj.Type().(*types.Signature).Results()
	if i >= results.Len() {
		return nil
	}
	t, _ := results.At(i).Type().(*types.TypeParam)
	return t
}

// bindTypeParam joins a result of a type parameter's type with the arguments of
// that type, of this call only: what other calls hand over is of other types.
func (p *Program) bindTypeParam(c *Call, f *Func, i int, t *types.TypeParam) {
	b := &binder{p: p, pkg: c.Pkg, fn: c.In}
	params := f.Params()
	for k, arg := range c.Expr.Args {
		k = min(k, len(params)-1)
		if k < 0 || params[k] == nil {
			continue
		}
		of := params[k].Type()
		if s, ok := of.(*types.Slice); ok && f.Variadic() && k == len(params)-1 && !c.Expr.Ellipsis.IsValid() {
			of = s.Elem()
		}
		if of == types.Type(t) {
			join(p.valueOf(result{c.Expr, i}), b.value(arg))
		}
	}
}

// SetFrom are the expressions that a local variable is set from; false when not
// all of them are seen: it is a parameter, or one of several results of a call.
func (p *Program) SetFrom(pkg *Package, v *types.Var) ([]ast.Expr, bool) {
	f := p.Around(v.Pos())
	if f == nil || v.IsField() || v.Parent() == v.Pkg().Scope() {
		return nil, false
	}
	for _, param := range f.Params() {
		if param == v {
			return nil, false
		}
	}
	var out []ast.Expr
	for _, s := range p.setFrom(pkg, f, v) {
		if s.element || s.result > 0 {
			return nil, false
		}
		out = append(out, s.x)
	}
	return out, true
}

// ValueOf is the value of a variable, nil when its type is not followed.
func (p *Program) ValueOf(v *types.Var) *Value { return p.object(v) }
