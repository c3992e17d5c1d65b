package code

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// store goes on with what is assigned to: the child of a statement at an edge.
func (w *follower) store(stmt inspector.Cursor, kind edge.Kind, i int) {
	c := stmt.ChildAt(kind, i)
	pkg := w.p.PackageAt(c)
	w.into(c, pkg)
}

func (w *follower) into(c inspector.Cursor, pkg *Package) {
	switch x := c.Node().(type) {
	case *ast.ParenExpr:
		w.into(c.ChildAt(edge.ParenExpr_X, -1), pkg)
	case *ast.Ident:
		if x.Name == "_" {
			return
		}
		v, ok := pkg.Info.ObjectOf(x).(*types.Var)
		if !ok {
			w.leave(x)
			return
		}
		if v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
			if exposedVar(v, pkg) {
				w.leave(x)
				return
			}
			w.flow.Held = append(w.flow.Held, x)
		}
		for f := w.p.FuncAt(c); f != nil; f = f.Outer {
			if k := f.namedResult(v); k >= 0 {
				w.handsUp(f, k, x)
			}
		}
		w.fits(v, c)
	case *ast.SelectorExpr:
		v, ok := pkg.Info.ObjectOf(x.Sel).(*types.Var)
		if !ok || exposedVar(v, pkg) || v.Pkg() != pkg.Types {
			w.leave(x)
			return
		}
		w.holder(c.ChildAt(edge.SelectorExpr_X, -1), pkg)
		w.fits(v, c)
	case *ast.IndexExpr:
		w.into(c.ChildAt(edge.IndexExpr_X, -1), pkg)
	default:
		w.leave(x)
	}
}

// fits goes on with a variable, unless it is of an interface's type: who asserts what is in it is not followed.
func (w *follower) fits(v *types.Var, c inspector.Cursor) {
	if _, ok := v.Type().Underlying().(*types.Interface); ok {
		if _, param := types.Unalias(v.Type()).(*types.TypeParam); !param && TypeName(v.Type()) != "context.Context" {
			w.leave(c.Node())
			return
		}
	}
	w.add(v)
}

// holder notes what a field belongs to that the value is put in: a local
// variable of the function that is none of its parameters, or something that was there before.
func (w *follower) holder(base inspector.Cursor, pkg *Package) {
	id, ok := ast.Unparen(base.Node().(ast.Expr)).(*ast.Ident)
	if !ok {
		w.flow.Held = append(w.flow.Held, base.Node())
		return
	}
	v, ok := pkg.Info.ObjectOf(id).(*types.Var)
	f := w.p.FuncAt(base)
	if !ok || f == nil || v.Parent() == v.Pkg().Scope() || w.isParam(f, v) {
		w.flow.Held = append(w.flow.Held, base.Node())
		return
	}
	w.flow.Holders = append(w.flow.Holders, base)
}

func (w *follower) isParam(f *Func, v *types.Var) bool {
	for ; f != nil; f = f.Outer {
		if f.Receiver() == v {
			return true
		}
		for _, p := range f.Params() {
			if p == v {
				return true
			}
		}
	}
	return false
}

// element: the value stands in a composite literal, alone or with a key.
func (w *follower) element(c, lit inspector.Cursor, i int) {
	pkg := w.p.PackageAt(c)
	t := pkg.Info.TypeOf(lit.Node().(ast.Expr))
	if t == nil {
		w.leave(c.Node())
		return
	}
	st, ok := deref(t).Underlying().(*types.Struct)
	if !ok {
		w.value(lit) // an element of a slice, array or map
		return
	}
	if TypeName(t) == "net/http.Client" {
		w.value(lit) // what ends the client's connections is the client
		return
	}
	var field *types.Var
	if kv, keyed := c.Node().(*ast.KeyValueExpr); keyed {
		if id, ok := kv.Key.(*ast.Ident); ok {
			field, _ = pkg.Info.ObjectOf(id).(*types.Var)
		}
	} else if i >= 0 && i < st.NumFields() {
		field = st.Field(i)
	}
	if field == nil || exposedVar(field, pkg) || field.Pkg() != pkg.Types {
		w.leave(c.Node())
		return
	}
	w.flow.Holders = append(w.flow.Holders, lit)
	w.fits(field, c)
}

// returned goes on where a function's callers get the value.
func (w *follower) returned(c inspector.Cursor, i int) {
	f := w.p.FuncAt(c)
	if f == nil {
		w.leave(c.Node())
		return
	}
	w.handsUp(f, i, c.Node())
}

// handsUp goes on with result i of a function, which n is.
func (w *follower) handsUp(f *Func, i int, n ast.Node) {
	if f.Lit != nil {
		for _, call := range w.p.CallersOf(f) {
			if call.Kind == Plain && ast.Unparen(call.Expr.Fun) == ast.Expr(f.Lit) {
				if at, ok := w.p.CursorOf(call.Expr); ok {
					w.flow.Returned = append(w.flow.Returned, f)
					w.result(at, i)
					return
				}
			}
		}
		w.leave(n)
		return
	}
	if f.Exposed() {
		w.leave(n)
		return
	}
	w.flow.Returned = append(w.flow.Returned, f)
	for _, use := range w.p.UsesOf(f.Obj) {
		call, ok := w.callOf(use)
		if !ok {
			w.leave(use.Node()) // the function is a value
			return
		}
		w.result(call, i)
	}
}

// callOf is the call in which an identifier names the function.
func (w *follower) callOf(c inspector.Cursor) (inspector.Cursor, bool) {
	for {
		kind, _ := c.ParentEdge()
		switch kind {
		case edge.SelectorExpr_Sel, edge.IndexExpr_X, edge.IndexListExpr_X, edge.ParenExpr_X:
			c = c.Parent()
		case edge.CallExpr_Fun:
			return c.Parent(), true
		default:
			return c, false
		}
	}
}

// result goes on with result i of a call.
func (w *follower) result(call inspector.Cursor, i int) {
	if w.gave[gave{call.Index(), i}] {
		return
	}
	w.gave[gave{call.Index(), i}] = true
	pkg := w.p.PackageAt(call)
	if t := pkg.Info.TypeOf(call.Node().(ast.Expr)); t == nil || tupleLen(t) < 2 {
		w.value(call)
		return
	}
	kind, _ := call.ParentEdge()
	switch kind {
	case edge.AssignStmt_Rhs:
		w.store(call.Parent(), edge.AssignStmt_Lhs, i)
	case edge.ValueSpec_Values:
		w.store(call.Parent(), edge.ValueSpec_Names, i)
	case edge.ReturnStmt_Results:
		w.returned(call, i)
	case edge.ExprStmt_X, edge.GoStmt_Call, edge.DeferStmt_Call:
	default:
		w.leave(call.Node())
	}
}

// argument goes on in the function that is called.
func (w *follower) argument(c, call inspector.Cursor, i int) {
	x := call.Node().(*ast.CallExpr)
	pkg := w.p.PackageAt(c)
	if tv, ok := pkg.Info.Types[x.Fun]; ok && tv.IsType() {
		if _, ok := tv.Type.Underlying().(*types.Interface); ok {
			w.leave(c.Node())
			return
		}
		w.value(call)
		return
	}
	if id, ok := ast.Unparen(x.Fun).(*ast.Ident); ok {
		if _, builtin := pkg.Info.Uses[id].(*types.Builtin); builtin {
			w.builtin(c, call, id.Name, i)
			return
		}
	}
	name := FullName(pkg, x)
	if at, ok := Launches(name); ok && at == i {
		w.use(UsedLaunch, x, c)
		return
	}
	var f *Func
	if lit, ok := ast.Unparen(x.Fun).(*ast.FuncLit); ok {
		f = w.p.byLit[lit]
	} else {
		f = w.p.FuncOf(Callee(pkg, x))
	}
	if f == nil {
		if !keeps[name] {
			w.leave(c.Node())
		}
		return
	}
	params := f.Params()
	if sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr); ok {
		if s := pkg.Info.Selections[sel]; s != nil && s.Kind() == types.MethodExpr {
			if i == 0 {
				if recv := f.Receiver(); recv != nil {
					w.add(recv)
				}
				return
			}
			i--
		}
	}
	if i >= len(params) {
		i = len(params) - 1 // one of several for a variadic parameter
	}
	if i >= 0 && params[i] != nil {
		w.fits(params[i], c)
	}
}

func (w *follower) builtin(c, call inspector.Cursor, name string, i int) {
	switch name {
	case "close":
		w.use(UsedClose, call.Node(), c)
	case "len", "cap", "delete", "clear":
		if name == "delete" && i > 0 {
			w.leave(c.Node())
		}
	case "append":
		w.value(call)
	default:
		w.leave(c.Node())
	}
}

// DoneOf is the Done channel of a context.
func (p *Program) DoneOf(ctx *Value) *Value {
	if ctx == nil {
		return nil
	}
	return ctx.element()
}
