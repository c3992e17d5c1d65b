package code

import (
	"go/ast"
	"go/types"
	"strings"
)

// assigned: the value is on the right side of an assignment.
func (t *tracker) assigned(n ast.Node, lhs, rhs []ast.Expr, x ast.Expr, i int, h held) {
	at := -1
	for k, r := range rhs {
		if r == x {
			at = k
		}
	}
	if at < 0 {
		return
	}
	if len(rhs) == 1 && len(lhs) > 1 {
		if _, ok := x.(*ast.CallExpr); ok {
			at = i
		}
	}
	if at < len(lhs) {
		t.put(n, lhs[at], h)
	}
}

// put puts the value into a variable, a field or an element.
func (t *tracker) put(n ast.Node, to ast.Expr, h held) {
	to = ast.Unparen(to)
	if id, ok := to.(*ast.Ident); ok {
		pkg := t.p.packageAt(id)
		if id.Name == "_" {
			t.use(Dropped, n, h, "_")
			return
		}
		obj, _ := pkg.Info.ObjectOf(id).(*types.Var)
		if obj == nil { // of a type switch
			for _, v := range t.p.switched(pkg, n) {
				t.object(v, h)
			}
			return
		}
		if obj.Parent() == obj.Pkg().Scope() {
			t.use(Stored, n, h, obj.Name())
		}
		t.object(obj, h)
		if f := t.p.Around(id.Pos()); f != nil { // a named result
			if k := f.namedResult(obj); k >= 0 {
				t.results(f, k, n, h)
			}
		}
		return
	}
	name := ""
	if sel, ok := to.(*ast.SelectorExpr); ok {
		name = sel.Sel.Name
	}
	t.use(Stored, n, h, name)
	t.holder(to, h)
}

// switched are the variables of `switch v := x.(type)`, one for each clause.
func (p *Program) switched(pkg *Package, assign ast.Node) []*types.Var {
	s, ok := p.Parent(assign).(*ast.TypeSwitchStmt)
	if !ok {
		return nil
	}
	var out []*types.Var
	for _, c := range s.Body.List {
		if v, ok := pkg.Info.Implicits[c].(*types.Var); ok {
			out = append(out, v)
		}
	}
	return out
}

// holder goes from the place in which the value is put to what holds that
// place: of s.jobs[id] to s, and when s is a parameter to the callers' arguments.
func (t *tracker) holder(x ast.Expr, h held) {
	x = ast.Unparen(x)
	if !t.visit(x, h, true) {
		return
	}
	pkg := t.p.packageAt(x)
	if pkg == nil || strings.Count(h.path, ".") > mostPath {
		t.out.Partial, t.out.Deep = true, true
		return
	}
	switch x := x.(type) {
	case *ast.Ident:
		t.variable(pkg, x, h)
	case *ast.SelectorExpr:
		s := pkg.Info.Selections[x]
		if s == nil { // of a package
			if v, ok := pkg.Info.Uses[x.Sel].(*types.Var); ok {
				t.object(v, h)
			}
			return
		}
		path, through := "", s.Recv()
		for _, k := range s.Index() {
			field := fieldOf(through, k)
			if field == nil {
				return
			}
			path += field.Name() + "."
			through = field.Type()
		}
		h.path = path + h.path
		t.holder(x.X, h)
	case *ast.IndexExpr:
		h.path = elementPath + h.path
		t.holder(x.X, h)
	case *ast.StarExpr:
		t.holder(x.X, h)
	case *ast.UnaryExpr:
		t.holder(x.X, h)
	case *ast.TypeAssertExpr:
		t.holder(x.X, h)
	case *ast.SliceExpr:
		t.holder(x.X, h)
	case *ast.CompositeLit:
		t.flows(x, 0, h)
	case *ast.CallExpr:
		t.fromCall(x, 0, h)
	default:
		t.out.Partial = true
	}
}

// variable: a variable holds what holds the value; so does what it was set from.
func (t *tracker) variable(pkg *Package, id *ast.Ident, h held) {
	v, ok := pkg.Info.ObjectOf(id).(*types.Var)
	if !ok {
		return
	}
	t.object(v, h)
	f := t.p.Around(v.Pos())
	if f == nil || v.Parent() == v.Pkg().Scope() {
		return
	}
	if v == f.Receiver() {
		t.up(f, -1, h)
		return
	}
	for k, param := range f.Params() {
		if param == v {
			t.up(f, k, h)
			return
		}
	}
	for _, from := range t.p.setFrom(pkg, f, v) {
		if from.element {
			inner := h
			inner.path = elementPath + h.path
			t.holder(from.x, inner)
		} else if call, ok := ast.Unparen(from.x).(*ast.CallExpr); ok {
			t.fromCall(call, from.result, h)
		} else {
			t.holder(from.x, h)
		}
	}
}

// up goes from a parameter (-1: the receiver) to the arguments of the callers,
// or of the one by which the value came.
func (t *tracker) up(f *Func, k int, h held) {
	callers := t.p.CallersOf(f)
	came := h.entry != nil
	if came {
		callers = []*Call{h.entry.call}
		h.entry = h.entry.outer
	}
	if len(callers) > mostCallers {
		t.out.Partial = true
		return
	}
	if len(callers) == 0 { // handed to code that was not read, as in once.Do(x.init), or called by nobody who was read
		values := t.p.methodValues(f)
		t.out.Partial = t.out.Partial || k >= 0 || len(values) == 0
		for _, sel := range values {
			if k < 0 {
				t.holder(sel.X, h)
			}
		}
		if k < 0 && len(values) == 0 { // any value of the type may be this one
			for _, m := range t.p.siblings(f) {
				t.object(m.Receiver(), h)
			}
		}
	}
	for _, c := range callers {
		at, h := k, h
		if !came {
			h = t.above(h, c, true)
		}
		args := c.Expr.Args
		if c.methodExpr() {
			at++
		}
		switch {
		case c.Kind == Launch:
			t.launchedOn(c, h)
		case at >= 0 && at < len(args) && !f.Variadic():
			t.holder(args[at], h)
		case at == -1 && c.Name != "" && receiver(c.Expr) != nil:
			t.holder(receiver(c.Expr), h)
		case at == -1 && c.Name == "":
			for _, sel := range t.p.methodValues(f) {
				t.holder(sel.X, h)
			}
		default:
			t.out.Partial = true
		}
	}
}

// launchedOn goes on to x of wg.Go(x.method).
func (t *tracker) launchedOn(c *Call, h held) {
	i, _ := Launches(c.Name)
	if sel, ok := ast.Unparen(c.Expr.Args[i]).(*ast.SelectorExpr); ok {
		t.holder(sel.X, h)
	}
}

// fromCall: the result of a call holds what holds the value. Where the callee
// got it from, and who else has it, is in its return statements.
func (t *tracker) fromCall(x *ast.CallExpr, i int, h held) {
	pkg := t.p.packageAt(x)
	if tv, ok := pkg.Info.Types[x.Fun]; ok && tv.IsType() && len(x.Args) == 1 {
		t.holder(x.Args[0], h)
		return
	}
	call := t.p.CallOf(x)
	if call == nil {
		return // new, append
	}
	if len(call.Callees) == 0 {
		t.out.Partial = true
		return
	}
	for _, f := range call.Callees {
		inner, ok := t.down(h, call)
		if !ok {
			continue
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ReturnStmt:
				if i < len(n.Results) && len(n.Results) == f.Type.Results.NumFields() {
					t.holder(n.Results[i], inner)
				}
			}
			return true
		})
	}
}
