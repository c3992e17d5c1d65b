package mechanism

import (
	"go/ast"
	"go/types"
)

// lookedUp follows a variable that says whether a key was in a map, as in v, ok := m[k].
func (r *condition) lookedUp(x ast.Expr, waiting bool) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok {
		return false
	}
	obj := r.f.Pkg.Info.ObjectOf(id)
	found := false
	ast.Inspect(r.f.Declared().Body, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || found || len(a.Lhs) != 2 || len(a.Rhs) != 1 || obj == nil {
			return !found
		}
		index, ok := ast.Unparen(a.Rhs[0]).(*ast.IndexExpr)
		if said, is := ast.Unparen(a.Lhs[1]).(*ast.Ident); ok && is && r.f.Pkg.Info.ObjectOf(said) == obj {
			if at := r.variable(index.X); at != nil {
				n := need{obj: r.object(at), at: at, change: toLess, own: r.ownKey(index.Index)}
				if !waiting {
					n.change = toMore
				}
				r.needs = append(r.needs, n)
				found = true
			}
		}
		return !found
	})
	return found
}

// ownKey: a key hangs on what the waiting function was called with, so that each who waits may wait for another.
func (r *condition) ownKey(key ast.Expr) bool {
	own := false
	ast.Inspect(key, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			v, ok := r.f.Pkg.Info.ObjectOf(id).(*types.Var)
			own = own || ok && v.Kind() == types.ParamVar
		}
		return !own
	})
	return own
}
