package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// byKey lets a function that takes two locks of one type take that of the value
// with the smaller key first, where the type has a field that is set when a value is made and never again.
func (c *Case) byKey(e edge, fix *repair.Fix) bool {
	f := e.held.In
	if len(e.calls) > 0 || e.held.Step != e.held.Op.Node || f.Lit != nil || e.wants.In != f {
		return false
	}
	a, b := ownerOf(e.held.Op), ownerOf(e.wants)
	first := statement(f, e.held.Step)
	if a == nil || b == nil || !exprOf(first, e.held.Step) {
		return false
	}
	v, okA := f.Pkg.Info.ObjectOf(a).(*types.Var)
	w, okB := f.Pkg.Info.ObjectOf(b).(*types.Var)
	if !okA || !okB || v == w || !types.Identical(v.Type(), w.Type()) || !namesHold(f.Pkg, b, first.Pos()) {
		return false
	}
	key := c.keyOf(v.Type(), f.Pkg)
	uses, ok := c.lockUses(f, v, w)
	if key == nil || !ok || c.usedBetween(f, first, e.wants.Node, a, b) {
		return false
	}
	name := func(x *ast.Ident) string { return x.Name }
	x, y := name(a), name(b)
	before, behind, end := "", "", first.Pos()
	if !uses.only { // they are used for something else, too: others are put in order
		x, y = unusedName(f, "first", first.Pos()), unusedName(f, "second", first.Pos())
		if x == "" || y == "" {
			return false
		}
		before = fmt.Sprintf("%s, %s := %s, %s\n", x, y, a.Name, b.Name)
		for _, id := range uses.locks {
			to := x
			if f.Pkg.Info.ObjectOf(id) == types.Object(w) {
				to = y
			}
			if id.Pos() != first.Pos() {
				fix.Edits = append(fix.Edits, repair.Edit{Pos: id.Pos(), End: id.End(), New: to})
			}
		}
		end, behind = a.End(), x
	}
	before += fmt.Sprintf("if %s.%s < %s.%s {\n%s, %s = %s, %s\n}\n", y, key.Name(), x, key.Name(), x, y, y, x)
	fix.Edits = append([]repair.Edit{{Pos: first.Pos(), End: end, New: before + behind}}, fix.Edits...)
	fix.Title = fmt.Sprintf("Take the lock of the smaller %s first", key.Name())
	fix.Steps = []string{
		fmt.Sprintf("see to it that no two values have the same %s, and that no value is asked to be both", key.Name()),
	}
	return true
}

// usedBetween: one of two values is used while only one of the locks is held, which then may be the other's.
func (c *Case) usedBetween(f *code.Func, from ast.Stmt, to ast.Node, a, b *ast.Ident) bool {
	x, y := c.Program.PathOf(f, a), c.Program.PathOf(f, b)
	found := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if n == nil || found || n.End() <= from.End() || n.Pos() >= to.Pos() {
			return false
		}
		switch n := n.(type) {
		case *ast.DeferStmt:
			return false
		case *ast.SelectorExpr, *ast.Ident:
			at := c.Program.PathOf(f, n.(ast.Expr))
			found = found || n.Pos() > from.End() && (at.Is(x) || at.Is(y))
		}
		return true
	})
	return found
}

// ownerOf is the variable that a lock is reached from: a of a.Lock() and of a.mu.Lock().
func ownerOf(op *code.Op) *ast.Ident {
	switch x := ast.Unparen(orNil(receiverOf(op))).(type) {
	case *ast.Ident:
		return x
	case *ast.SelectorExpr:
		id, _ := ast.Unparen(x.X).(*ast.Ident)
		return id
	}
	return nil
}

// uses are what two variables are used for.
type uses struct {
	locks []*ast.Ident // to lock and unlock
	only  bool         // and nothing else, and they may be exchanged
}

// lockUses are the uses of two variables in a function and its literals; false when either becomes another value.
func (c *Case) lockUses(f *code.Func, v, w *types.Var) (uses, bool) {
	locking := map[*ast.Ident]bool{}
	for _, kind := range []code.OpKind{code.Lock, code.RLock, code.Unlock, code.RUnlock} {
		for _, op := range c.Program.All(kind) {
			if id := ownerOf(op); id != nil && op.In != nil && op.In.Within(f) {
				locking[id] = true
			}
		}
	}
	out, ok := uses{only: v.Kind() == types.LocalVar && w.Kind() == types.LocalVar}, true
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if obj := f.Pkg.Info.Uses[n]; obj == types.Object(v) || obj == types.Object(w) {
				if locking[n] {
					out.locks = append(out.locks, n)
				} else {
					out.only = false
				}
			}
		case *ast.AssignStmt:
			for _, l := range n.Lhs {
				id, is := ast.Unparen(l).(*ast.Ident)
				if obj := f.Pkg.Info.Uses[orIdent(id, is)]; obj != nil && (obj == types.Object(v) || obj == types.Object(w)) {
					ok = false
				}
			}
		}
		return true
	})
	return out, ok
}

func orIdent(id *ast.Ident, is bool) *ast.Ident {
	if !is {
		return nil
	}
	return id
}

// keyOf is the field by which values of a struct are told apart and put in
// order: the one that is called so, else the only one that could be.
func (c *Case) keyOf(t types.Type, from *code.Package) *types.Var {
	st := structUnder(t)
	if st == nil {
		return nil
	}
	var all []*types.Var
	for f := range st.Fields() {
		basic, ok := f.Type().Underlying().(*types.Basic)
		if !ok || basic.Info()&(types.IsInteger|types.IsString) == 0 || f.Embedded() || f.Name() == "_" {
			continue
		}
		if !f.Exported() && f.Pkg() != from.Types || len(c.Program.Writes(f.Origin())) > 0 || !c.givenAtStart(f) {
			continue
		}
		if keyName(f.Name()) {
			return f
		}
		all = append(all, f)
	}
	if len(all) == 1 {
		return all[0]
	}
	return nil
}

func structUnder(t types.Type) *types.Struct {
	if ptr, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	st, _ := t.Underlying().(*types.Struct)
	return st
}

func keyName(name string) bool {
	lower := strings.ToLower(name)
	switch lower {
	case "key", "name", "number", "no", "num", "index", "serial", "uuid", "path":
		return true
	}
	return lower == "id" || strings.HasSuffix(name, "ID") || strings.HasSuffix(name, "Id")
}

// givenAtStart: every literal of the struct that was read gives the field a value that is no constant.
func (c *Case) givenAtStart(field *types.Var) bool {
	given := 0
	for _, pkg := range c.Program.Packages {
		for _, file := range pkg.Files {
			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				st := structUnder(typeOr(pkg.Info.TypeOf(lit)))
				if st == nil {
					return true
				}
				for i := range st.NumFields() {
					if st.Field(i).Origin() != field.Origin() {
						continue
					}
					if x := elementFor(lit, field.Name(), i); x != nil && pkg.Info.Types[x].Value == nil {
						given++
					} else {
						given = -1 << 20
					}
				}
				return true
			})
		}
	}
	return given > 0
}

func typeOr(t types.Type) types.Type {
	if t == nil {
		return types.Typ[types.Invalid]
	}
	return t
}

// elementFor is what a struct literal gives a field, nil when nothing.
func elementFor(lit *ast.CompositeLit, name string, at int) ast.Expr {
	for i, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			if i == at {
				return e
			}
			continue
		}
		if id, ok := kv.Key.(*ast.Ident); ok && id.Name == name {
			return kv.Value
		}
	}
	return nil
}
