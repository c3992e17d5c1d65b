package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"unicode"
	"unicode/utf8"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// askedBefore moves a call out of the function that is handed to a holder of a
// lock, in front of the statement that hands it over: where the call is the first
// thing that the function does, gives one value, and is made of nothing that it is called with.
func (c *Case) askedBefore(t code.Taken, calls []*code.Call) *repair.Fix {
	for _, call := range calls {
		lit := call.In
		if lit == nil || lit.Lit == nil || lit.Within(t.In) {
			continue
		}
		x, outer := call.Expr, lit.Outer
		if outer == nil || !c.handedTo(lit, t.In) || !c.Program.Graph(t.In).Holds(calls[0].Expr) || c.Program.Graph(t.In).InLoop(calls[0].Expr) || !c.firstThing(lit, x) {
			return nil
		}
		s := statement(outer, lit.Lit)
		if next, last := following(outer.Body, s); s == nil || next == nil && !last || insideLoopHead(s, lit.Lit) {
			return nil
		}
		name := valueName(lit, x, s.Pos())
		if name == "" || !c.sameThere(lit, x, s.Pos()) {
			return nil
		}
		return &repair.Fix{
			Title: fmt.Sprintf("Call %s before the lock is taken", text(x.Fun)),
			Why:   fmt.Sprintf("It takes the lock and gives it back before %s holds it. What it says may be older then than what the lock guards.", t.In.Name),
			Edits: []repair.Edit{
				{Pos: s.Pos(), End: s.Pos(), New: name + " := " + types.ExprString(x) + "\n"},
				{Pos: x.Pos(), End: x.End(), New: name},
			},
		}
	}
	return nil
}

// handedTo says whether a literal is an argument of a call that means the holder, and nothing else.
func (c *Case) handedTo(lit, holder *code.Func) bool {
	for _, call := range c.Program.CallersOf(holder) {
		if call.Kind != code.Plain || len(call.Callees) != 1 {
			continue
		}
		for _, arg := range call.Expr.Args {
			if ast.Unparen(arg) == ast.Expr(lit.Lit) {
				return true
			}
		}
	}
	return false
}

// firstThing: a call is made whenever the function is, once, in its first
// statement, and neither on the right of && or || nor in a branch.
func (c *Case) firstThing(f *code.Func, x *ast.CallExpr) bool {
	if len(f.Body.List) == 0 || !holds(f.Body.List[0], x) {
		return false
	}
	ok := true
	ast.Inspect(f.Body.List[0], func(n ast.Node) bool {
		if n == nil || !holds(n, x) {
			return false
		}
		switch n := n.(type) {
		case *ast.BinaryExpr:
			ok = ok && (n.Op != token.LAND && n.Op != token.LOR || holds(n.X, x))
		case *ast.BlockStmt, *ast.ForStmt, *ast.RangeStmt, *ast.SelectStmt, *ast.CaseClause, *ast.DeferStmt, *ast.GoStmt, *ast.FuncLit:
			ok = false
		}
		return ok
	})
	return ok
}

// insideLoopHead: a statement's own block or loop is around the node, so that what stands before it runs at other times.
func insideLoopHead(s ast.Stmt, n ast.Node) bool {
	switch s := s.(type) {
	case *ast.ForStmt, *ast.SelectStmt, *ast.DeferStmt, *ast.GoStmt, *ast.LabeledStmt:
		return true
	case *ast.IfStmt:
		return s.Init == nil || !holds(s.Init, n)
	}
	return false
}

// sameThere: what a call in a literal is made of means the same before the statement around the literal.
func (c *Case) sameThere(lit *code.Func, x *ast.CallExpr, pos token.Pos) bool {
	ok := namesHold(lit.Pkg, x, pos)
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			ok = false
		case *ast.UnaryExpr:
			ok = ok && n.Op != token.ARROW
		case *ast.Ident:
			if obj := lit.Pkg.Info.ObjectOf(n); obj != nil && lit.Lit.Pos() <= obj.Pos() && obj.Pos() < lit.Lit.End() {
				ok = false
			}
		}
		return ok
	})
	return ok
}

// valueName is a name for what a call gives, after the called function, that means nothing yet; "" without one value or such a name.
func valueName(f *code.Func, x *ast.CallExpr, pos token.Pos) string {
	t := f.Pkg.Info.TypeOf(x)
	if t == nil || f.Pkg.Types == nil {
		return ""
	}
	if basic, ok := t.(*types.Basic); ok && basic.Kind() == types.Invalid {
		return ""
	}
	if _, tuple := t.(*types.Tuple); tuple {
		return ""
	}
	var id *ast.Ident
	switch fun := ast.Unparen(x.Fun).(type) {
	case *ast.Ident:
		id = fun
	case *ast.SelectorExpr:
		id = fun.Sel
	default:
		return ""
	}
	r, n := utf8.DecodeRuneInString(id.Name)
	return unusedName(f, string(unicode.ToLower(r))+id.Name[n:], pos)
}

// unusedName is want when it means nothing at pos nor in the function; else "".
func unusedName(f *code.Func, want string, pos token.Pos) string {
	scope := f.Pkg.Types.Scope().Innermost(pos)
	if scope == nil || token.IsKeyword(want) || want == "_" {
		return ""
	}
	if _, obj := scope.LookupParent(want, token.NoPos); obj != nil {
		return ""
	}
	free := true
	ast.Inspect(f.Declared().Body, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == want {
			if v, ok := f.Pkg.Info.ObjectOf(id).(*types.Var); ok && !v.IsField() {
				free = false
			}
		}
		return free
	})
	if !free {
		return ""
	}
	return want
}
