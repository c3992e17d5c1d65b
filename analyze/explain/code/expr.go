package code

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Value is what an expression may be; nil for what is not followed.
func (p *Program) Value(pkg *Package, x ast.Expr) *Value {
	v := (&binder{p: p, pkg: pkg}).value(x)
	if v == nil {
		return nil
	}
	return v.root()
}

func (b *binder) value(x ast.Expr) *Value {
	x = ast.Unparen(x)
	t := b.pkg.Info.TypeOf(x)
	if id, ok := x.(*ast.Ident); ok && t == nil {
		if obj := b.pkg.Info.ObjectOf(id); obj != nil {
			t = obj.Type()
		}
	}
	if t == nil || !trackedExpr(t) {
		return nil
	}
	switch x := x.(type) {
	case *ast.Ident:
		return b.p.object(b.pkg.Info.ObjectOf(x))
	case *ast.SelectorExpr:
		return b.selector(x)
	case *ast.StarExpr:
		return b.value(x.X)
	case *ast.UnaryExpr:
		switch x.Op {
		case token.AND:
			return b.value(x.X)
		case token.ARROW:
			return elementOf(b.value(x.X))
		}
	case *ast.IndexExpr:
		if _, generic := t.(*types.Signature); generic && b.isFunc(x.X) {
			return b.value(x.X)
		}
		return elementOf(b.value(x.X))
	case *ast.IndexListExpr:
		return b.value(x.X)
	case *ast.SliceExpr:
		return b.value(x.X)
	case *ast.TypeAssertExpr:
		return b.value(x.X)
	case *ast.FuncLit:
		return b.begins(x, Origin{Node: x, In: b.fn, Func: b.p.byLit[x]})
	case *ast.CompositeLit:
		return b.begins(x, Origin{Node: x, In: b.fn})
	case *ast.CallExpr:
		return b.callValue(x)
	}
	return nil
}

// trackedExpr: an expression may also have several results.
func trackedExpr(t types.Type) bool {
	if tuple, ok := t.(*types.Tuple); ok {
		for v := range tuple.Variables() {
			if tracked(v.Type()) {
				return true
			}
		}
		return false
	}
	return tracked(t)
}

func elementOf(v *Value) *Value {
	if v == nil {
		return nil
	}
	return v.element()
}

// begins is the value of an expression that makes one.
func (b *binder) begins(key ast.Node, o Origin) *Value {
	v := b.p.values[key]
	if v == nil {
		v = b.p.valueOf(key)
		v.origins = []Origin{o}
	}
	return v.root()
}

func (b *binder) isFunc(x ast.Expr) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	if sel, is := ast.Unparen(x).(*ast.SelectorExpr); is {
		id, ok = sel.Sel, true
	}
	if !ok {
		return false
	}
	_, fn := b.pkg.Info.ObjectOf(id).(*types.Func)
	return fn
}

func (b *binder) selector(x *ast.SelectorExpr) *Value {
	obj := b.pkg.Info.ObjectOf(x.Sel)
	if obj == nil {
		return nil
	}
	if v, ok := obj.(*types.Var); ok && v.IsField() && v.Pkg() != nil {
		switch v.Pkg().Path() + "." + v.Name() {
		case "sync.L", "time.C": // of this Cond, this Ticker
			return elementOf(b.value(x.X))
		}
	}
	return b.p.object(obj)
}

// callValue is the first result of a call, or what a conversion or builtin gives.
func (b *binder) callValue(call *ast.CallExpr) *Value {
	if tv, ok := b.pkg.Info.Types[call.Fun]; ok && tv.IsType() && len(call.Args) == 1 {
		return b.value(call.Args[0])
	}
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if _, builtin := b.pkg.Info.Uses[id].(*types.Builtin); builtin {
			switch id.Name {
			case "make", "new":
				return b.begins(call, Origin{Node: call, In: b.fn})
			case "append":
				v := b.value(call.Args[0])
				if v == nil {
					v = b.begins(call, Origin{Node: call, In: b.fn})
				}
				for _, arg := range call.Args[1:] {
					if call.Ellipsis.IsValid() {
						join(v, b.value(arg))
					} else {
						join(v.element(), b.value(arg))
					}
				}
				return v.root()
			}
			return nil
		}
	}
	switch b.fullName(call) {
	case "(context.Context).Done", "(context.Context).Err":
		return elementOf(b.value(receiver(call)))
	case "sync.NewCond":
		v := b.begins(call, Origin{Node: call, In: b.fn})
		join(v.element(), b.value(call.Args[0]))
		return v.root()
	}
	return b.p.valueOf(result{call, 0})
}

// receiver is x of x.M().
func receiver(call *ast.CallExpr) ast.Expr {
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		return sel.X
	}
	return nil
}

// fullName is the called function as "path.Func" or "(*path.Type).Method"; "" when it is not named.
func (b *binder) fullName(call *ast.CallExpr) string { return FullName(b.pkg, call) }

// FullName is the called function as "path.Func", "(path.Type).Method" or "(*path.Type).Method"; "" when it has no name.
func FullName(pkg *Package, call *ast.CallExpr) string {
	if fn := Callee(pkg, call); fn != nil {
		return fn.Origin().FullName()
	}
	return ""
}

// Callee is the declared function, method or interface method that a call names.
func Callee(pkg *Package, call *ast.CallExpr) *types.Func {
	fun := ast.Unparen(call.Fun)
	switch g := fun.(type) {
	case *ast.IndexExpr:
		fun = ast.Unparen(g.X)
	case *ast.IndexListExpr:
		fun = ast.Unparen(g.X)
	}
	var id *ast.Ident
	switch f := fun.(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	default:
		return nil
	}
	fn, _ := pkg.Info.Uses[id].(*types.Func)
	return fn
}
