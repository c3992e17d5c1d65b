package lint

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// facts tells what other packages have to know of this one. What one function opens, another may hand on.
func (l *linter) facts() {
	l.lockFacts()
	l.responseFacts()
	for _, f := range l.program.Funcs {
		if f.Decl != nil && f.Obj != nil {
			l.goroutineFact(f)
		}
	}
	for _, f := range l.program.Funcs {
		if f.Decl != nil && f.Obj != nil {
			l.makesFact(f)
		}
	}
	for range 3 {
		if !l.handedOn() {
			return
		}
	}
}

// opens is what is known of a called function.
func (l *linter) opens(fn *types.Func) *Opens {
	if fn == nil {
		return nil
	}
	var o Opens
	if l.pass.ImportObjectFact(fn.Origin(), &o) {
		return &o
	}
	return nil
}

func (l *linter) export(f *code.Func, o *Opens) bool {
	if f == nil || f.Obj == nil || len(o.Ends) == 0 || l.opens(f.Obj) != nil {
		return false
	}
	slices.Sort(o.Ends)
	o.Ends = slices.Compact(o.Ends)
	l.pass.ExportObjectFact(f.Obj, o)
	return true
}

// goroutineFact: the function starts a goroutine on what it gives back, or on
// its receiver, which ends only when it hears from a channel or context that
// only methods of the same type speak to.
func (l *linter) goroutineFact(f *code.Func) {
	t, receiver := l.subject(f)
	if t == nil || !receiver && !l.onlyReturned(f) {
		return
	}
	for _, g := range l.reach(f) {
		for _, call := range l.program.CallsIn(g) {
			if call.Kind != code.Go && call.Kind != code.Launch || call.Name == "time.AfterFunc" || len(call.Callees) != 1 {
				continue
			}
			ends := l.endedBy(f, call.Callees[0], t)
			if len(ends) > 0 && l.export(f, &Opens{Ends: ends, Receiver: receiver}) {
				return
			}
		}
	}
}

// makesFact: the function gives back a literal, of a type whose methods start goroutines.
func (l *linter) makesFact(f *code.Func) {
	t := l.madeAndReturned(f)
	if t == nil {
		return
	}
	starts := false
	for m := range t.Methods() {
		o := l.opens(m)
		starts = starts || o != nil && o.Receiver
	}
	if starts && l.onlyReturned(f) {
		l.pass.ExportObjectFact(f.Obj, &Makes{})
	}
}

// onlyReturned says that what a function makes and gives back is put nowhere else.
func (l *linter) onlyReturned(f *code.Func) bool {
	only := true
	results := map[ast.Node]bool{}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if len(n.Results) > 0 {
				results[ast.Unparen(n.Results[0])] = true
			}
		}
		return true
	})
	for x := range results {
		id, ok := x.(*ast.Ident)
		if !ok || isNil(l.pkg, id) {
			continue
		}
		flow := l.program.FollowObject(l.pkg.Info.ObjectOf(id))
		only = only && len(flow.Held) == 0
		for _, left := range flow.Left {
			only = only && left != nil && results[left]
		}
	}
	return only
}

// subject is the named type of the package that a function makes and gives back
// first; else that of its receiver. The type is nil when it has none.
func (l *linter) subject(f *code.Func) (*types.Named, bool) {
	sig := f.Obj.Type().(*types.Signature)
	if sig.Recv() != nil {
		return ownType(sig.Recv().Type(), l.pass.Pkg), true
	}
	return l.madeAndReturned(f), false
}

func ownType(t types.Type, pkg *types.Package) *types.Named {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() != pkg {
		return nil
	}
	if _, ok := named.Underlying().(*types.Struct); !ok {
		return nil
	}
	return named.Origin()
}

// madeAndReturned is the type of the struct that a function makes and gives back as its first result.
func (l *linter) madeAndReturned(f *code.Func) *types.Named {
	var made *types.Named
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			if len(n.Results) == 0 {
				return true
			}
			x := ast.Unparen(n.Results[0])
			if isNil(l.pkg, x) {
				return true
			}
			if t := l.pkg.Info.TypeOf(x); t != nil && made == nil && (isFresh(x) || l.freshVariable(f, x)) {
				made = ownType(t, l.pass.Pkg)
			}
		}
		return true
	})
	return made
}

func isNil(pkg *code.Package, x ast.Expr) bool { return pkg.Info.Types[x].IsNil() }

// freshVariable: a local variable that holds what was made in the function.
func (l *linter) freshVariable(f *code.Func, x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := l.pkg.Info.ObjectOf(id).(*types.Var)
	if !ok || v.Pos() < f.Body.Pos() || v.Pos() > f.Body.End() {
		return false
	}
	for _, c := range l.program.UsesOf(v) {
		if c.Node() == ast.Node(id) {
			return l.madeHere(c)
		}
	}
	return false
}
