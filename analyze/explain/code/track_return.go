package code

import (
	"go/ast"
	"go/types"
	"strings"
)

// returned: the value, or what holds it, is a function's result.
func (t *tracker) returned(n *ast.ReturnStmt, x ast.Expr, i int, h held) {
	f := t.p.Around(n.Pos())
	if f == nil {
		return
	}
	for k, r := range n.Results {
		if r != x {
			continue
		}
		if len(n.Results) == 1 && f.Type.Results.NumFields() > 1 {
			k = i
		}
		t.results(f, k, n, h)
	}
}

// results goes on to what the callers, or the one by which the value came, do with result k.
func (t *tracker) results(f *Func, k int, n ast.Node, h held) {
	t.use(Returned, n, h, "").Result = k
	callers := t.p.CallersOf(f)
	came := h.entry != nil
	if came {
		callers = []*Call{h.entry.call}
		h.entry = h.entry.outer
	}
	if len(callers) == 0 || len(callers) > mostCallers {
		t.out.Partial = true
	}
	for i, c := range callers {
		if i >= mostCallers || c.Kind == Launch {
			continue
		}
		outer := h
		if !came {
			outer = t.above(h, c, false)
		}
		t.flows(c.Expr, k, outer)
	}
}

// element: the value is put into a field or element of a literal by its key.
func (t *tracker) element(pkg *Package, kv *ast.KeyValueExpr, h held) {
	lit, ok := t.p.Parent(kv).(*ast.CompositeLit)
	if !ok {
		return
	}
	part, name := elementPath, ""
	if id, ok := kv.Key.(*ast.Ident); ok {
		if v, ok := pkg.Info.Uses[id].(*types.Var); ok && v.IsField() {
			part, name = v.Name()+".", v.Name()
		}
	}
	t.use(Stored, kv, h, name)
	h.path = part + h.path
	t.flows(lit, 0, h)
}

// listed: the value is put into a literal by its place.
func (t *tracker) listed(pkg *Package, lit *ast.CompositeLit, x ast.Expr, h held) {
	for i, e := range lit.Elts {
		if e != x {
			continue
		}
		part, name := elementPath, ""
		if field := fieldOf(pkg.Info.TypeOf(lit), i); field != nil {
			part, name = field.Name()+".", field.Name()
		}
		t.use(Stored, lit, h, name)
		h.path = part + h.path
		t.flows(lit, 0, h)
		return
	}
}

// namedResult is the place of a named result, -1 when the variable is none.
func (f *Func) namedResult(v *types.Var) int {
	if f.Type.Results == nil {
		return -1
	}
	i := 0
	for _, field := range f.Type.Results.List {
		for _, name := range field.Names {
			if f.Pkg.Info.Defs[name] == v {
				return i
			}
			i++
		}
	}
	return -1
}

// Receiver is a method's receiver, nil for others and for unnamed ones.
func (f *Func) Receiver() *types.Var {
	if f.Decl == nil || f.Decl.Recv == nil || len(f.Decl.Recv.List) == 0 || len(f.Decl.Recv.List[0].Names) == 0 {
		return nil
	}
	v, _ := f.Pkg.Info.Defs[f.Decl.Recv.List[0].Names[0]].(*types.Var)
	return v
}

// source is an expression that a variable is set from.
type source struct {
	x       ast.Expr
	result  int
	element bool // by ranging over x
}

// setFrom are the expressions that a local variable is set from.
func (p *Program) setFrom(pkg *Package, f *Func, v *types.Var) []source {
	var out []source
	is := func(x ast.Expr) bool {
		id, ok := ast.Unparen(x).(*ast.Ident)
		return ok && pkg.Info.ObjectOf(id) == v
	}
	pair := func(lhs, rhs []ast.Expr) {
		for i, l := range lhs {
			if !is(l) {
				continue
			}
			if len(rhs) == len(lhs) {
				out = append(out, source{x: rhs[i]})
			} else if len(rhs) == 1 {
				out = append(out, source{x: rhs[0], result: i})
			}
		}
	}
	ast.Inspect(f.Declared().Node(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			pair(n.Lhs, n.Rhs)
		case *ast.ValueSpec:
			lhs := make([]ast.Expr, len(n.Names))
			for i, name := range n.Names {
				lhs[i] = name
			}
			pair(lhs, n.Values)
		case *ast.RangeStmt:
			if n.Value != nil && is(n.Value) || n.Key != nil && is(n.Key) {
				out = append(out, source{x: n.X, element: true})
			}
		}
		return true
	})
	return out
}

// ranged: the elements of what is ranged over.
func (t *tracker) ranged(pkg *Package, n *ast.RangeStmt, x ast.Expr, h held) {
	if n.X == x && h.path == "" {
		t.use(Received, n, h, "")
	}
	rest, ok := strings.CutPrefix(h.path, elementPath)
	if n.X != x || !ok {
		return
	}
	h.path = rest
	to := n.Value
	if typ := pkg.Info.TypeOf(n.X); typ != nil {
		if _, ok := typ.Underlying().(*types.Chan); ok {
			t.use(Fetched, n, h, "")
			h.over = true
			to = n.Key
		}
	}
	if to != nil {
		t.put(n, to, h)
	}
}
