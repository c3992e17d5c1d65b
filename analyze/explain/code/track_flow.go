package code

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// flows follows an expression that holds the value to what is done with it. Of
// a call with several results it is result i.
func (t *tracker) flows(x ast.Expr, i int, h held) {
	if !t.visit(x, h, false) {
		return
	}
	pkg := t.p.packageAt(x)
	if pkg == nil || len(h.path) > 0 && strings.Count(h.path, ".") > mostPath {
		t.out.Partial, t.out.Deep = true, true
		return
	}
	switch n := t.p.Parent(x).(type) {
	case *ast.ParenExpr, *ast.StarExpr, *ast.TypeAssertExpr, *ast.SliceExpr:
		if s, ok := n.(*ast.SliceExpr); !ok || s.X == x {
			t.flows(n.(ast.Expr), 0, h)
		}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			t.flows(n, 0, h)
		} else if h.path == "" {
			t.use(Received, n, h, "")
		} else if rest, ok := strings.CutPrefix(h.path, elementPath); ok && n.Op == token.ARROW {
			h.path = rest
			t.use(Fetched, n, h, "")
			h.over = true
			t.flows(n, 0, h)
		}
	case *ast.IndexExpr:
		if n.X != x {
			return
		}
		if rest, ok := strings.CutPrefix(h.path, elementPath); ok {
			h.path = rest
			t.flows(n, 0, h)
		}
	case *ast.SelectorExpr:
		t.selects(pkg, n, h)
	case *ast.CallExpr:
		t.callOrArgument(pkg, n, x, i, h)
	case *ast.AssignStmt:
		t.assigned(n, n.Lhs, n.Rhs, x, i, h)
	case *ast.ValueSpec:
		lhs := make([]ast.Expr, len(n.Names))
		for k, name := range n.Names {
			lhs[k] = name
		}
		t.assigned(n, lhs, n.Values, x, i, h)
	case *ast.KeyValueExpr:
		if n.Value == x {
			t.element(pkg, n, h)
		}
	case *ast.CompositeLit:
		t.listed(pkg, n, x, h)
	case *ast.ReturnStmt:
		t.returned(n, x, i, h)
	case *ast.SendStmt:
		if n.Value == x {
			t.use(Stored, n, h, "")
			h.path = elementPath + h.path
			t.holder(n.Chan, h)
		} else if h.path == "" {
			t.use(Sent, n, h, "")
		}
	case *ast.RangeStmt:
		t.ranged(pkg, n, x, h)
	case *ast.ExprStmt:
		if _, ok := x.(*ast.CallExpr); ok {
			t.use(Dropped, n, h, "")
		}
	case *ast.GoStmt, *ast.DeferStmt, nil, ast.Stmt:
	}
}

// selects: a field of what holds the value, or a method of one of them.
func (t *tracker) selects(pkg *Package, sel *ast.SelectorExpr, h held) {
	s := pkg.Info.Selections[sel]
	if s == nil {
		return
	}
	path, through := h.path, s.Recv()
	index := s.Index()
	for _, k := range index[:len(index)-1] { // embedded fields
		field := fieldOf(through, k)
		if field == nil {
			return
		}
		rest, ok := strings.CutPrefix(path, field.Name()+".")
		if !ok && path != "" {
			return
		}
		path, through = rest, field.Type()
	}
	if s.Kind() == types.FieldVal {
		if rest, ok := strings.CutPrefix(path, s.Obj().Name()+"."); ok {
			h.path = rest
			t.flows(sel, 0, h)
		}
		return
	}
	fn, ok := s.Obj().(*types.Func)
	if !ok {
		return
	}
	h.path = path
	var at ast.Expr = sel
	for {
		p, ok := t.p.Parent(at).(*ast.ParenExpr)
		if !ok {
			break
		}
		at = p
	}
	if call, ok := t.p.Parent(at).(*ast.CallExpr); ok && call.Fun == at {
		t.calls(call, fn, h)
		return
	}
	h.bound = fn
	t.flows(sel, 0, h) // a method value
}

func fieldOf(t types.Type, i int) *types.Var {
	t = types.Unalias(t)
	if ptr, ok := t.Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok || i >= st.NumFields() {
		return nil
	}
	return st.Field(i)
}

// calls: a method is called on the value, or on what holds it.
func (t *tracker) calls(x *ast.CallExpr, fn *types.Func, h held) {
	if h.path == "" {
		t.called(Method, x, h, fn.Name())
	}
	call := t.p.CallOf(x)
	if call == nil {
		return
	}
	h.bound = nil
	t.into(call, t.p.methods(fn, call), h)
}

func (t *tracker) called(kind UseKind, x *ast.CallExpr, h held, name string) {
	u := t.use(kind, x, h, name)
	if c := t.p.CallOf(x); c != nil {
		u.Go, u.Deferred = c.Kind == Go, c.Kind == Defer
	}
	if l := t.p.launchOf(x); l != nil && kind == Method && h.bound != nil {
		u.Go = true
	}
}

// methods are the bodies that a method may have.
func (p *Program) methods(fn *types.Func, call *Call) []*Func {
	if f := p.FuncOf(fn); f != nil {
		return []*Func{f}
	}
	if len(call.Callees) > 0 && call.Name == fn.Origin().FullName() {
		return call.Callees
	}
	return p.implementing(fn)
}

// into follows the receiver into methods.
func (t *tracker) into(call *Call, methods []*Func, h held) {
	for _, f := range methods {
		if recv := f.Receiver(); recv != nil {
			if inner, ok := t.down(h, call); ok {
				t.object(recv, inner)
			}
		}
	}
}

// callOrArgument: the value is called, or handed to what is called.
func (t *tracker) callOrArgument(pkg *Package, n *ast.CallExpr, x ast.Expr, i int, h held) {
	if n.Fun == x {
		switch {
		case h.bound != nil:
			t.calls(n, h.bound, h)
		case h.path == "" || h.path[0] == '(':
			t.called(Called, n, h, "")
		}
		return
	}
	at := -1
	for k, arg := range n.Args {
		if arg == x {
			at = k
		}
	}
	if at < 0 {
		return
	}
	if _, ok := x.(*ast.CallExpr); ok && len(n.Args) == 1 {
		at = i // f(g()), where g has several results
	}
	if tv, ok := pkg.Info.Types[n.Fun]; ok && tv.IsType() {
		t.flows(n, 0, h)
		return
	}
	if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok {
		if _, builtin := pkg.Info.Uses[id].(*types.Builtin); builtin {
			switch {
			case id.Name == "close" && h.path == "":
				u := t.use(Closed, n, h, "")
				_, u.Deferred = t.p.Parent(n).(*ast.DeferStmt)
			case id.Name == "delete" && at == 0 && strings.HasPrefix(h.path, elementPath):
				t.use(Removed, n, h, "")
			case id.Name == "append":
				if at > 0 && !n.Ellipsis.IsValid() {
					t.use(Stored, n, h, "")
					h.path = elementPath + h.path
				}
				t.flows(n, 0, h)
			}
			return
		}
	}
	t.passed(n, at, h)
}

// passed follows an argument into the functions that are called.
func (t *tracker) passed(n *ast.CallExpr, at int, h held) {
	call := t.p.CallOf(n)
	if call == nil {
		return
	}
	if l := t.p.launchOf(n); l != nil && (h.path == "" || h.path[0] == '(') {
		if place, _ := Launches(l.Name); place == at {
			if h.bound != nil {
				t.called(Method, n, h, h.bound.Name())
				fn := h.bound
				h.bound = nil
				t.into(l, t.p.methods(fn, l), h)
			} else {
				t.called(Called, n, h, "")
			}
			return
		}
	}
	u := t.use(Passed, n, h, call.Name)
	u.Unread = len(call.Callees) == 0
	u.Go, u.Deferred = call.Kind == Go, call.Kind == Defer
	for _, f := range call.Callees {
		k, inner := at, h
		if call.methodExpr() {
			k--
		}
		params := f.Params()
		if f.Variadic() && k >= len(params)-1 {
			k = len(params) - 1
			if !n.Ellipsis.IsValid() {
				inner.path = elementPath + inner.path
			}
		}
		inner, ok := t.down(inner, call)
		if !ok {
			continue
		}
		switch {
		case k < 0:
			t.object(f.Receiver(), inner)
		case k < len(params) && params[k] != nil:
			t.object(params[k], inner)
		}
	}
}
