package mechanism

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// root is the variable of x.f[i].g, and the path from it to the place.
func (h *handles) root(f *code.Func, x ast.Expr) (path []string, root *types.Var) {
	if f == nil {
		return nil, nil
	}
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		v, _ := f.Pkg.Info.ObjectOf(x).(*types.Var)
		return nil, v
	case *ast.SelectorExpr:
		if f.Pkg.Info.Selections[x] == nil {
			v, _ := f.Pkg.Info.Uses[x.Sel].(*types.Var)
			return nil, v
		}
		path, root = h.root(f, x.X)
		return append(path, x.Sel.Name), root
	case *ast.IndexExpr:
		path, root = h.root(f, x.X)
		return append(path, "*"), root
	case *ast.StarExpr:
		path, root = h.root(f, x.X)
		return append(path, []string{}...), root
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			return h.root(f, x.X)
		}
	}
	return nil, nil
}

func global(v types.Object) bool { return v.Pkg() != nil && v.Parent() == v.Pkg().Scope() }

func isParam(f *code.Func, v *types.Var) bool {
	return v == f.Receiver() || slices.Contains(f.Params(), v)
}

func paramIndex(f *code.Func, v *types.Var) int {
	if v == f.Receiver() {
		return -1
	}
	return slices.Index(f.Params(), v)
}

// argument is what a call gives for a parameter of f, or its receiver.
func argument(f *code.Func, param *types.Var, call *code.Call) ast.Expr {
	if f == nil || !isParam(f, param) {
		return nil
	}
	i := paramIndex(f, param)
	if i < 0 {
		if sel, ok := ast.Unparen(call.Expr.Fun).(*ast.SelectorExpr); ok {
			return sel.X
		}
		return nil
	}
	if i < len(call.Expr.Args) {
		return call.Expr.Args[i]
	}
	return nil
}

// fieldOf is the field or variable that an assignment sets.
func fieldOf(f *code.Func, to ast.Expr) types.Object {
	switch to := ast.Unparen(to).(type) {
	case *ast.SelectorExpr:
		return f.Pkg.Info.ObjectOf(to.Sel)
	case *ast.Ident:
		return f.Pkg.Info.ObjectOf(to)
	}
	return nil
}

// guarded says whether a field is set only where it was nil: if x.f == nil { x.f = … }, or behind if x.f != nil { return }.
func (c *Case) guarded(u code.Use, set *ast.AssignStmt) bool {
	field := fieldOf(u.In, set.Lhs[0])
	if field == nil {
		return false
	}
	compares := func(cond ast.Expr, op token.Token) bool {
		found := false
		ast.Inspect(cond, func(n ast.Node) bool {
			b, ok := n.(*ast.BinaryExpr)
			if ok && b.Op == op && (fieldOf(u.In, b.X) == field || fieldOf(u.In, b.Y) == field) {
				found = true
			}
			return true
		})
		return found
	}
	found := false
	ast.Inspect(u.In.Body, func(n ast.Node) bool {
		check, ok := n.(*ast.IfStmt)
		if !ok || found {
			return true
		}
		switch {
		case holds(check.Body, set):
			found = compares(check.Cond, token.EQL)
		case check.End() <= set.Pos() && len(check.Body.List) > 0:
			_, leaves := check.Body.List[len(check.Body.List)-1].(*ast.ReturnStmt)
			found = leaves && compares(check.Cond, token.NEQ)
		}
		return true
	})
	return found
}

// fresh says whether a local variable holds what the function itself made, and no element or field of something.
func (c *Case) fresh(f *code.Func, v *types.Var) bool {
	made := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, to := range n.Lhs {
				if id, ok := to.(*ast.Ident); !ok || f.Pkg.Info.Defs[id] != types.Object(v) {
					continue
				}
				x := n.Rhs[min(i, len(n.Rhs)-1)]
				if u, ok := x.(*ast.UnaryExpr); ok && u.Op == token.AND {
					x = u.X
				}
				switch x.(type) {
				case *ast.CompositeLit, *ast.CallExpr:
					made = true
				}
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				made = made || f.Pkg.Info.Defs[id] == types.Object(v)
			}
		}
		return !made
	})
	return made
}
