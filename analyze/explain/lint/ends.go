package lint

import (
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
)

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
		names, ok := l.methodsTo(f, t, op.In)
		if !ok {
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

// methodsTo are the exported methods of t that come to run f; false when other
// code may come to it that is not seen: an exported function that does not make t.
// What a constructor makes nobody else has, so that those who call t's methods do
// not matter; a method may have given something that has the receiver to others before.
func (l *linter) methodsTo(maker *code.Func, t *types.Named, f *code.Func) (names []string, ok bool) {
	seen := map[*code.Func]bool{f: true}
	queue := []*code.Func{f}
	for len(queue) > 0 {
		g := queue[0]
		queue = queue[1:]
		if g.Decl != nil && g != maker && g.Exposed() {
			switch {
			case ownReceiver(g, l.pass.Pkg) == t:
				names = append(names, g.Obj.Name())
				if ownReceiver(maker, l.pass.Pkg) != t {
					continue
				}
			case l.madeAndReturned(g) != t:
				return nil, false
			}
		}
		next := []*code.Func{g.Outer}
		for _, c := range l.program.CallersOf(g) {
			next = append(next, c.In)
		}
		for _, h := range next {
			if h != nil && !seen[h] {
				seen[h] = true
				queue = append(queue, h)
			}
		}
	}
	return names, true
}

func ownReceiver(f *code.Func, pkg *types.Package) *types.Named {
	if recv := f.Obj.Type().(*types.Signature).Recv(); recv != nil {
		return ownType(recv.Type(), pkg)
	}
	return nil
}
