package code

import (
	"go/ast"
	"go/types"
)

// Value is everything that may be one channel, lock, function or context: the
// variables, fields, parameters and results it passes through, without regard
// to order. Two instances of one struct share the values of its fields.
type Value struct {
	parent *Value
	// The rest is the root's.
	elem    *Value // what is in it: elements of a slice or map, what a channel carries
	objects []types.Object
	origins []Origin
	escapes bool
}

// Origin is where a value begins: a call of make, a function, a call of a function that was not read.
type Origin struct {
	Node ast.Node // *ast.CallExpr, *ast.FuncLit, *ast.CompositeLit or, for a declared function, its *ast.FuncDecl
	In   *Func    // where; nil for package variables and declared functions
	Func *Func    // the function, when the value is one
}

func (v *Value) root() *Value {
	for v.parent != nil {
		if v.parent.parent != nil {
			v.parent = v.parent.parent
		}
		v = v.parent
	}
	return v
}

// Origins are where the value may come from.
func (v *Value) Origins() []Origin { return v.root().origins }

// Objects are the variables and fields that may hold it.
func (v *Value) Objects() []types.Object { return v.root().objects }

// Escapes says that it is handed to code that was not read.
func (v *Value) Escapes() bool { return v.root().escapes }

// Same says that both may be the same.
func (v *Value) Same(other *Value) bool {
	return v != nil && other != nil && v.root() == other.root()
}

func (v *Value) element() *Value {
	r := v.root()
	if r.elem == nil {
		r.elem = &Value{}
	}
	return r.elem.root()
}

// join makes two values one.
func join(a, b *Value) {
	if a == nil || b == nil {
		return
	}
	a, b = a.root(), b.root()
	if a == b {
		return
	}
	if len(a.objects)+len(a.origins) < len(b.objects)+len(b.origins) {
		a, b = b, a
	}
	b.parent = a
	a.objects = append(a.objects, b.objects...)
	a.origins = append(a.origins, b.origins...)
	a.escapes = a.escapes || b.escapes
	inner := b.elem
	b.objects, b.origins, b.elem = nil, nil, nil
	switch {
	case inner == nil:
	case a.elem == nil:
		a.elem = inner
	default:
		join(a.elem, inner)
	}
}

// result is the key of a function's result.
type result struct {
	of any // *types.Func, *ast.FuncLit, or *ast.CallExpr of a function that was not read
	i  int
}

// valueOf is the value of a key, made when it is asked for first.
func (p *Program) valueOf(key any) *Value {
	if v := p.values[key]; v != nil {
		return v.root()
	}
	v := &Value{}
	if obj, ok := key.(types.Object); ok {
		v.objects = []types.Object{obj}
	}
	p.values[key] = v
	return v
}

// object is the value of a variable or field; those of an instantiated type are those of its origin.
func (p *Program) object(obj types.Object) *Value {
	switch o := obj.(type) {
	case *types.Var:
		if !tracked(o.Type()) {
			return nil
		}
		return p.valueOf(types.Object(o.Origin()))
	case *types.Func:
		v := p.valueOf(types.Object(o.Origin()))
		if f := p.FuncOf(o); f != nil && len(v.root().origins) == 0 {
			v.root().origins = []Origin{{Node: f.Decl, Func: f}}
		}
		return v
	}
	return nil
}

// tracked says whether values of a type are followed.
func tracked(t types.Type) bool { return follows(t, 0) }

func follows(t types.Type, depth int) bool {
	if t == nil || depth > 4 {
		return false
	}
	switch name := TypeName(t); name {
	case "context.Context", "sync.Mutex", "sync.RWMutex", "sync.Cond", "sync.WaitGroup", "sync.Locker",
		"golang.org/x/sync/errgroup.Group", "time.Ticker", "time.Timer":
		return true
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return true // it may stand for any of them
	}
	switch t := types.Unalias(t).Underlying().(type) {
	case *types.Chan, *types.Signature:
		return true
	case *types.Pointer:
		return follows(t.Elem(), depth+1)
	case *types.Slice:
		return follows(t.Elem(), depth+1)
	case *types.Array:
		return follows(t.Elem(), depth+1)
	case *types.Map:
		return follows(t.Elem(), depth+1) || follows(t.Key(), depth+1)
	}
	return false
}

// TypeName is a named type's package path and name, through one pointer: "sync.Mutex"; "" for others.
func TypeName(t types.Type) string {
	if t == nil {
		return ""
	}
	t = types.Unalias(t)
	if ptr, ok := t.(*types.Pointer); ok {
		t = types.Unalias(ptr.Elem())
	}
	named, ok := t.(*types.Named)
	if !ok {
		return ""
	}
	obj := named.Obj()
	if obj.Pkg() == nil {
		return obj.Name()
	}
	return obj.Pkg().Path() + "." + obj.Name()
}
