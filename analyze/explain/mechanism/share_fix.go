package mechanism

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"go/types"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// shareFix makes a literal once, in a package variable, when nothing in it is
// of the call that makes it now. Nil when it is not a literal, or not the same for all.
func (c *Case) shareFix(cand *candidate) *repair.Fix {
	l := cand.levels[0]
	lit, ok := l.x.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	top, base := c.client(lit)
	if top == nil || !constantLiteral(l.in.Pkg, top) || c.changed(l) {
		return nil
	}
	var b bytes.Buffer
	if err := format.Node(&b, c.Program.Fset, top); err != nil {
		return nil
	}
	name := freeName(l, "shared"+base)
	decl := c.declaration(l.in)
	if name == "" || decl == token.NoPos {
		return nil
	}
	return &repair.Fix{
		Title: fmt.Sprintf("Make the %s once, and share it", strings.ToLower(base)),
		Why:   "All calls use the same idle connections then, and their number is bounded by what runs at a time.",
		Edits: []repair.Edit{
			{Pos: decl, End: decl, New: fmt.Sprintf("// %s keeps the connections of all calls.\nvar %s = %s\n\n", name, name, b.String())},
			{Pos: top.Pos(), End: top.End(), New: name},
		},
	}
}

// client is the literal to share, with its &: the transport's, or that of the client that is all made of literals around it.
func (c *Case) client(lit *ast.CompositeLit) (ast.Expr, string) {
	top := func(x ast.Expr) ast.Expr {
		if u, ok := c.Program.Parent(x).(*ast.UnaryExpr); ok && u.Op == token.AND {
			return u
		}
		return nil
	}
	x := top(lit)
	if x == nil {
		return nil, ""
	}
	kv, ok := c.Program.Parent(x).(*ast.KeyValueExpr)
	if !ok {
		return x, "Transport"
	}
	outer, ok := c.Program.Parent(kv).(*ast.CompositeLit)
	f := c.Program.Around(lit.Pos())
	if !ok || f == nil || code.TypeName(f.Pkg.Info.TypeOf(outer)) != "net/http.Client" {
		return x, "Transport"
	}
	whole := top(outer)
	if whole == nil || !constantLiteral(f.Pkg, whole) {
		return x, "Transport"
	}
	return whole, "Client"
}

// constantLiteral says whether an expression is the same for every call: it
// names nothing local, and calls nothing.
func constantLiteral(pkg *code.Package, x ast.Expr) bool {
	same := true
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			same = false
		case *ast.CallExpr:
			if tv := pkg.Info.Types[n.Fun]; !tv.IsType() {
				same = false
			}
		case *ast.Ident:
			v, ok := pkg.Info.ObjectOf(n).(*types.Var)
			if ok && !v.IsField() && v.Parent() != v.Pkg().Scope() {
				same = false
			}
		}
		return same
	})
	return same
}

// changed says whether the function sets fields of the client or transport behind.
func (c *Case) changed(l *level) bool {
	found := false
	ast.Inspect(l.in.Body, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for _, to := range a.Lhs {
			sel, ok := to.(*ast.SelectorExpr)
			if !ok {
				continue
			}
			switch code.TypeName(l.in.Pkg.Info.TypeOf(sel.X)) {
			case "net/http.Client", "net/http.Transport":
				found = true
			}
		}
		return true
	})
	return found
}

// freeName is a name that means nothing yet where the literal stands; "" when there is none.
func freeName(l *level, base string) string {
	for _, name := range []string{base, base + "2", base + "3"} {
		scope := l.in.Pkg.Types.Scope().Innermost(l.x.Pos())
		if scope == nil {
			return ""
		}
		if _, obj := scope.LookupParent(name, token.NoPos); obj == nil {
			return name
		}
	}
	return ""
}

// declaration is where the top-level declaration around a function begins, with its comment.
func (c *Case) declaration(f *code.Func) token.Pos {
	outer := f.Declared()
	if outer.Decl == nil {
		return token.NoPos
	}
	if outer.Decl.Doc != nil {
		return outer.Decl.Doc.Pos()
	}
	return outer.Decl.Pos()
}
