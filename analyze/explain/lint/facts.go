package lint

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// Opens is the fact that what a function gives back, or a method's receiver,
// has to be ended, because something stays until it is.
type Opens struct {
	// Ends are the methods one of which ends it.
	Ends []string
	// Client: what stays are the connections of an HTTP client; otherwise it is a goroutine.
	Client bool
	// Receiver: it is the receiver that has to be ended, not the first result.
	Receiver bool
}

// AFact marks Opens as a fact.
func (*Opens) AFact() {}

func (o *Opens) String() string { return fmt.Sprintf("opens what %s ends", quoted(o.Ends)) }

// Keeps is the fact that a method returns holding, or gives back, a lock that is a field of its receiver.
type Keeps struct {
	Lock  string // the field
	Read  bool   // it is the read lock
	Gives bool   // the lock is given back
}

// AFact marks Keeps as a fact.
func (*Keeps) AFact() {}

func (k *Keeps) String() string {
	if k.Gives {
		return "gives back " + k.Lock
	}
	return "keeps " + k.Lock
}

// Makes is the fact that a function gives back a new value that nobody else knows.
type Makes struct{}

// AFact marks Makes as a fact.
func (*Makes) AFact() {}

func (*Makes) String() string { return "makes" }

// facts tells what other packages have to know of this one. What one function opens, another may hand on.
func (l *linter) facts() {
	l.lockFacts()
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

// endedBy are the methods of t that alone can end a goroutine which begins in entry; nil when it ends otherwise, or never.
func (l *linter) endedBy(f, entry *code.Func, t *types.Named) []string {
	g := l.program.Graph(entry)
	for _, op := range l.program.OpsIn(entry, code.Receive, code.Range) {
		v := op.On
		_, exits := g.Search(nil, func(n ast.Node) bool { return l.hears(entry, n, v) }, nil)
		_, ends := g.Search(op.Node, nil, nil)
		if len(exits) > 0 || len(ends) == 0 || v.Escapes() {
			continue
		}
		if ends := l.speakers(f, entry, v, t); len(ends) > 0 {
			return ends
		}
	}
	return nil
}

// hears says whether a step receives from a channel or a context's Done.
func (l *linter) hears(f *code.Func, n ast.Node, v *code.Value) bool {
	for _, op := range l.program.OpsIn(f, code.Receive, code.Range) {
		if op.Node == n && op.On.Same(v) {
			return true
		}
	}
	return false
}

// speakers are the methods of t by which a channel is closed or sent to, or a
// context is cancelled, when nobody else does: neither f, nor a parent context, nor code that is not seen.
func (l *linter) speakers(f, entry *code.Func, v *code.Value, t *types.Named) []string {
	for _, obj := range v.Objects() {
		if obj.Exported() {
			return nil
		}
	}
	ops := l.program.Ops(v, code.Close, code.Send)
	if derives := l.derives(v); len(derives) > 0 {
		ops = nil
		for _, d := range derives {
			if !l.fromRoot(d) || d.Other == nil || d.Other.Escapes() {
				return nil
			}
			ops = append(ops, l.program.Ops(d.Other, code.Invoke)...)
		}
	} else if len(v.Origins()) == 0 || v.Escapes() {
		return nil
	}
	var out []string
	for _, op := range ops {
		if op.In == nil || l.runs(entry, op.In) {
			return nil // it may end itself
		}
		names := l.methodsTo(t, op.In)
		if len(names) == 0 && !l.runs(f, op.In) {
			return nil
		}
		out = append(out, names...)
	}
	return out
}

// derives are the operations that made the context whose Done channel v is.
func (l *linter) derives(v *code.Value) []*code.Op {
	var out []*code.Op
	for _, d := range l.program.All(code.Derive) {
		if l.program.DoneOf(d.On).Same(v) {
			out = append(out, d)
		}
	}
	return out
}

// fromRoot: the context's parent is one that never ends.
func (l *linter) fromRoot(d *code.Op) bool {
	call := d.Node.(*ast.CallExpr)
	parent, ok := ast.Unparen(call.Args[0]).(*ast.CallExpr)
	if !ok {
		return false
	}
	name := code.FullName(l.pkg, parent)
	return name == "context.Background" || name == "context.TODO"
}

// methodsTo are the exported methods of t that run f.
func (l *linter) methodsTo(t *types.Named, f *code.Func) []string {
	var out []string
	for m := range t.Methods() {
		fn := l.program.FuncOf(m)
		if fn == nil || !m.Exported() {
			continue
		}
		for _, g := range l.reach(fn) {
			if g == f || f.Within(g) {
				out = append(out, m.Name())
				break
			}
		}
	}
	return out
}
