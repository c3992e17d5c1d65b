package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// overCopy lets a holder that walks through a map or slice under its lock walk
// through a copy of it without: when that is the last thing it does, nothing in
// the loop is reached through what holds the lock, and the elements are values.
func (c *Case) overCopy(t code.Taken, at ast.Node) *repair.Fix {
	f := t.In
	lock := statement(f, t.Step)
	if t.Step != t.Op.Node || !topLevel(f.Body, lock) {
		return nil
	}
	next, _ := following(f.Body, lock)
	d, ok := next.(*ast.DeferStmt)
	give := giveText(t)
	if !ok || give == "" || !c.Program.Releases(d, t, true) {
		return nil
	}
	loop := c.lastLoop(f, at)
	if loop == nil || returnsWithin(lock, loop, f) || !c.inScope(t, loop.Pos()) || c.mentions(f, loop.Body, t) {
		return nil
	}
	field, ok := ast.Unparen(loop.X).(*ast.SelectorExpr)
	if !ok || calls(loop.X) || c.Program.PathOf(f, field.X).Root != t.Path.Root || t.Path.Root == nil {
		return nil
	}
	from := copier(f.Pkg.Info.TypeOf(loop.X))
	name := unusedName(f, field.Sel.Name, loop.Pos())
	if from == "" || name == "" {
		return nil
	}
	fix := &repair.Fix{
		Title: fmt.Sprintf("Let %s walk through a copy of %s, without the lock", f.Name, types.ExprString(loop.X)),
		Why:   "What is called for each may take the lock then. All of the copy is of one moment, as before.",
		Edits: []repair.Edit{
			c.remove(f, d),
			{Pos: loop.Pos(), End: loop.Pos(), New: fmt.Sprintf("%s := %s.Clone(%s)\n%s\n", name, from, types.ExprString(loop.X), give)},
			{Pos: loop.X.Pos(), End: loop.X.End(), New: name},
		},
		Imports: []repair.Import{{At: f.Node().Pos(), Path: from}},
		Steps:   []string{fmt.Sprintf("see to it that nobody who is called on line %d counts on the lock being held meanwhile", c.Program.Line(at))},
	}
	return fix
}

// lastLoop is the range statement around a step, when behind it the function only returns names and constants.
func (c *Case) lastLoop(f *code.Func, at ast.Node) *ast.RangeStmt {
	for i, s := range f.Body.List {
		loop, ok := s.(*ast.RangeStmt)
		if !ok || !holds(loop.Body, at) {
			continue
		}
		switch len(f.Body.List) - i {
		case 1:
			return loop
		case 2:
			ret, ok := f.Body.List[i+1].(*ast.ReturnStmt)
			if !ok {
				return nil
			}
			for _, x := range ret.Results {
				if !plain(x) {
					return nil
				}
			}
			return loop
		}
	}
	return nil
}

// mentions: something in a node is reached through what holds the lock, or changes a variable from around it.
func (c *Case) mentions(f *code.Func, n ast.Node, t code.Taken) bool {
	found := false
	ast.Inspect(n, func(x ast.Node) bool {
		switch x := x.(type) {
		case *ast.Ident:
			found = found || f.Pkg.Info.ObjectOf(x) == t.Path.Root
		case *ast.FuncLit, *ast.DeferStmt:
			found = true
		}
		return !found
	})
	return found
}

// copier is the package whose Clone copies a map or slice of values; "" when its
// elements may point to what the lock guards, too. What a type parameter stands for, a container does not look into.
func copier(t types.Type) string {
	if t == nil {
		return ""
	}
	switch u := t.Underlying().(type) {
	case *types.Map:
		if valueType(u.Elem(), 0) {
			return "maps"
		}
	case *types.Slice:
		if valueType(u.Elem(), 0) {
			return "slices"
		}
	}
	return ""
}

// valueType: a copy of such a value shares nothing that can be changed.
func valueType(t types.Type, depth int) bool {
	if depth > 5 {
		return false
	}
	if _, param := types.Unalias(t).(*types.TypeParam); param {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Kind() != types.UnsafePointer
	case *types.Array:
		return valueType(u.Elem(), depth+1)
	case *types.Signature:
		return true
	case *types.Struct:
		for f := range u.Fields() {
			if !valueType(f.Type(), depth+1) {
				return false
			}
		}
		return true
	}
	return false
}
