package code

import (
	"go/ast"
	"go/token"
	"go/types"
)

// binder walks one function and joins the values that pass into one another.
type binder struct {
	p   *Program
	pkg *Package
	fn  *Func // nil for package variables
	// sel and clause are the select whose case is being walked.
	sel      *ast.SelectStmt
	clause   *ast.CommClause
	deferred *ast.CallExpr
}

func (p *Program) bindFunc(f *Func) {
	b := &binder{p: p, pkg: f.Pkg, fn: f}
	if f.Type.Results != nil {
		i := 0
		for _, field := range f.Type.Results.List {
			for _, name := range field.Names {
				if obj := f.Pkg.Info.Defs[name]; obj != nil {
					join(p.object(obj), p.resultOf(f, i))
				}
				i++
			}
			if len(field.Names) == 0 {
				i++
			}
		}
	}
	b.walk(f.Body)
}

func (p *Program) bindGlobals(pkg *Package) {
	b := &binder{p: p, pkg: pkg}
	for _, syntax := range pkg.Files {
		for _, decl := range syntax.Decls {
			if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.VAR {
				b.walk(g)
			}
		}
	}
}

// resultOf is the value of a function's result.
func (p *Program) resultOf(f *Func, i int) *Value {
	if f.Lit != nil {
		return p.valueOf(result{f.Lit, i})
	}
	if f.Obj == nil {
		return p.valueOf(result{f.Decl, i})
	}
	return p.valueOf(result{f.Obj, i})
}

// walk visits a node and what is in it, without the bodies of literals.
func (b *binder) walk(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SelectStmt:
			b.selectStmt(n)
			return false
		case *ast.AssignStmt:
			b.assign(n.Lhs, n.Rhs)
		case *ast.ValueSpec:
			lhs := make([]ast.Expr, len(n.Names))
			for i, name := range n.Names {
				lhs[i] = name
			}
			b.assign(lhs, n.Values)
		case *ast.RangeStmt:
			b.rangeStmt(n)
		case *ast.ReturnStmt:
			b.returns(n)
		case *ast.SendStmt:
			ch := b.value(n.Chan)
			b.op(Send, n, ch)
			if ch != nil {
				join(ch.element(), b.value(n.Value))
			}
		case *ast.UnaryExpr:
			if n.Op == token.ARROW {
				b.op(Receive, n, b.value(n.X))
			}
		case *ast.CompositeLit:
			b.literal(n)
		case *ast.GoStmt:
			b.call(n.Call, Go)
			b.parts(n.Call)
			return false
		case *ast.DeferStmt:
			b.deferred = n.Call
			b.call(n.Call, Defer)
			b.deferred = nil
			b.parts(n.Call)
			return false
		case *ast.CallExpr:
			b.call(n, Plain)
		}
		return true
	})
}

// parts walks a call's function and arguments.
func (b *binder) parts(call *ast.CallExpr) {
	b.walk(call.Fun)
	for _, arg := range call.Args {
		b.walk(arg)
	}
}

func (b *binder) selectStmt(s *ast.SelectStmt) {
	outerSel, outerClause := b.sel, b.clause
	for _, c := range s.Body.List {
		clause := c.(*ast.CommClause)
		if clause.Comm != nil {
			b.sel, b.clause = s, clause
			b.walk(clause.Comm)
		}
		b.sel, b.clause = outerSel, outerClause
		for _, stmt := range clause.Body {
			b.walk(stmt)
		}
	}
}

func (b *binder) op(kind OpKind, n ast.Node, on *Value) *Op {
	if on == nil {
		on = &Value{}
	}
	op := &Op{Kind: kind, Node: n, In: b.fn, On: on, Deferred: b.deferred != nil && n == ast.Node(b.deferred)}
	if b.clause != nil && commOp(b.clause.Comm) == n {
		op.Select, op.Clause = b.sel, b.clause
	}
	b.p.ops = append(b.p.ops, op)
	return op
}

// commOp is the operation that a select's case is: the send, or the receive.
func commOp(comm ast.Stmt) ast.Node {
	var x ast.Expr
	switch s := comm.(type) {
	case *ast.SendStmt:
		return s
	case *ast.ExprStmt:
		x = s.X
	case *ast.AssignStmt:
		x = s.Rhs[0]
	default:
		return nil
	}
	return ast.Unparen(x)
}

// keyed says whether it is a map's keys that are followed, as in map[chan T]bool: they stand for what is in it.
func keyed(t types.Type) bool {
	if t == nil {
		return false
	}
	m, ok := t.Underlying().(*types.Map)
	return ok && tracked(m.Key()) && !tracked(m.Elem())
}

// keys joins the key of m[k] = v with what is in the map.
func (b *binder) keys(lhs []ast.Expr) {
	for _, x := range lhs {
		if index, ok := ast.Unparen(x).(*ast.IndexExpr); ok && keyed(b.pkg.Info.TypeOf(index.X)) {
			join(elementOf(b.value(index.X)), b.value(index.Index))
		}
	}
}

func (b *binder) assign(lhs, rhs []ast.Expr) {
	b.keys(lhs)
	if len(lhs) == len(rhs) {
		for i := range lhs {
			join(b.value(lhs[i]), b.value(rhs[i]))
		}
		return
	}
	if len(rhs) != 1 {
		return
	}
	call, ok := ast.Unparen(rhs[0]).(*ast.CallExpr)
	if !ok { // v, ok := <-ch, m[k], x.(T)
		join(b.value(lhs[0]), b.value(rhs[0]))
		return
	}
	for i := range lhs {
		if v := b.value(lhs[i]); v != nil {
			join(v, b.p.valueOf(result{call, i}))
		}
	}
}

func (b *binder) rangeStmt(n *ast.RangeStmt) {
	over := b.value(n.X)
	if over == nil {
		return
	}
	t := b.pkg.Info.TypeOf(n.X)
	if t == nil {
		return
	}
	if _, ok := t.Underlying().(*types.Chan); ok {
		b.op(Range, n, over)
		if n.Key != nil {
			join(b.value(n.Key), over.element())
		}
		return
	}
	if n.Key != nil && keyed(t) {
		join(b.value(n.Key), over.element())
	}
	if n.Value != nil {
		join(b.value(n.Value), over.element())
	}
}

func (b *binder) returns(n *ast.ReturnStmt) {
	if b.fn == nil {
		return
	}
	if call, ok := single(n.Results); ok && b.fn.Type.Results.NumFields() > 1 {
		for i := range b.fn.Type.Results.NumFields() {
			join(b.p.resultOf(b.fn, i), b.p.valueOf(result{call, i}))
		}
		return
	}
	for i, x := range n.Results {
		if v := b.value(x); v != nil {
			join(b.p.resultOf(b.fn, i), v)
		}
	}
}

func single(list []ast.Expr) (*ast.CallExpr, bool) {
	if len(list) != 1 {
		return nil, false
	}
	call, ok := ast.Unparen(list[0]).(*ast.CallExpr)
	return call, ok
}

func (b *binder) literal(n *ast.CompositeLit) {
	t := b.pkg.Info.TypeOf(n)
	if t == nil {
		return
	}
	t = types.Unalias(t)
	if ptr, ok := t.(*types.Pointer); ok {
		t = ptr.Elem()
	}
	st, isStruct := t.Underlying().(*types.Struct)
	for i, e := range n.Elts {
		x := e
		kv, keyed := e.(*ast.KeyValueExpr)
		if keyed {
			x = kv.Value
		}
		v := b.value(x)
		if v == nil {
			continue
		}
		switch {
		case isStruct && TypeName(t) == "sync.Cond":
			join(b.value(n).element(), v)
		case isStruct && keyed:
			if id, ok := kv.Key.(*ast.Ident); ok {
				join(b.p.object(b.pkg.Info.Uses[id]), v)
			}
		case isStruct && i < st.NumFields():
			join(b.p.object(st.Field(i)), v)
		case !isStruct:
			if whole := b.value(n); whole != nil {
				join(whole.element(), v)
			}
		}
	}
}
