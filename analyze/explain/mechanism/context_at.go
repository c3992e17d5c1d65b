package mechanism

import (
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
)

// contextAt is an expression for a context that can be used in a loop: a
// variable that is in scope, or what the loop itself uses; "" when there is none that can end.
func (c *Case) contextAt(f *code.Func, loop ast.Node, body *ast.BlockStmt) string {
	found := ""
	ast.Inspect(loop, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.FuncLit:
			return false
		case ast.Expr:
			if found == "" && c.usableContext(f, x) && c.canEnd(f, x) && means(f, x, body.Lbrace+1) {
				found = text(x)
			}
		}
		return found == ""
	})
	if found != "" {
		return found
	}
	for o := f; o != nil; o = o.Outer {
		for _, p := range o.Params() {
			if p == nil || p.Name() == "_" || code.TypeName(p.Type()) != "context.Context" || !c.ends(c.Program.ValueOf(p)) {
				continue
			}
			if scope := f.Pkg.Scope(body); scope != nil {
				if _, got := scope.LookupParent(p.Name(), body.Lbrace+1); got == types.Object(p) {
					return p.Name()
				}
			}
		}
	}
	return ""
}

// usableContext: a variable or field, or a call without arguments, that is a context.
func (c *Case) usableContext(f *code.Func, x ast.Expr) bool {
	t := f.Pkg.Info.TypeOf(x)
	if t == nil || code.TypeName(t) != "context.Context" {
		return false
	}
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		_, ok := f.Pkg.Info.ObjectOf(x).(*types.Var)
		return ok
	case *ast.SelectorExpr:
		return pureName(x.X)
	case *ast.CallExpr:
		sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr)
		return ok && len(x.Args) == 0 && pureName(sel.X) && f.Pkg.Info.Selections[sel] != nil
	}
	return false
}

func pureName(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return true
	case *ast.SelectorExpr:
		return pureName(x.X)
	}
	return false
}

// canEnd says whether a context can end, as far as it is known.
func (c *Case) canEnd(f *code.Func, x ast.Expr) bool { return c.ends(c.Program.Value(f.Pkg, x)) }

// ends: somebody derives the context, or it comes from somewhere else than context.Background.
func (c *Case) ends(v *code.Value) bool {
	if v == nil || len(c.Program.Ops(v, code.Derive)) > 0 {
		return true
	}
	roots := 0
	for _, o := range v.Origins() {
		call, ok := o.Node.(*ast.CallExpr)
		if !ok {
			return true
		}
		pkg := c.packageOf(o)
		if pkg == nil {
			return true
		}
		switch code.FullName(pkg, call) {
		case "context.Background", "context.TODO":
			roots++
		default:
			return true
		}
	}
	return roots == 0
}
