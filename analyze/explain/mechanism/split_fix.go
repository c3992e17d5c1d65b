package mechanism

import (
	"fmt"
	"go/ast"
	"go/printer"
	"go/types"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// splitLocked ends a lock that is taken twice: by taking out the inner pair,
// where all callers hold the lock, or by splitting the inner function into one that
// locks and one that does the work, and calling the latter.
func (c *Case) splitLocked(t code.Taken, op *code.Op, calls []*code.Call) *repair.Fix {
	fix := &repair.Fix{
		Title: fmt.Sprintf("Do not take %s again while it is held", name(op)),
		Why:   "The holder goes on with the lock that it has.",
	}
	if op.Deferred && len(calls) == 0 && op.Kind == t.Op.Kind {
		sel, ok := ast.Unparen(op.Node.(*ast.CallExpr).Fun).(*ast.SelectorExpr)
		if ok && (sel.Sel.Name == "Lock" || sel.Sel.Name == "RLock") {
			fix.Title = fmt.Sprintf("Defer the unlock of %s, and not a second lock", name(op))
			fix.Why = "The function gives the lock back when it ends."
			fix.Edits = []repair.Edit{{Pos: sel.Sel.Pos(), End: sel.Sel.End(), New: map[string]string{"Lock": "Unlock", "RLock": "RUnlock"}[sel.Sel.Name]}}
			return fix
		}
	}
	if t.Op.Kind == code.RLock && op.Kind == code.Lock {
		fix.Why = "A write lock comes when all readers have left, and this reader waits for it."
		fix.Steps = []string{
			fmt.Sprintf("give the read lock, taken on line %d, back before the write lock is asked for (line %d)", c.Program.Line(t.Step), c.Program.Position(op.Pos()).Line),
			"look again under the write lock: what was read may have changed between",
		}
		return fix
	}
	steps := func() *repair.Fix {
		if len(calls) == 0 {
			fix.Steps = []string{fmt.Sprintf("give %s, taken on line %d, back before line %d, or take it only once", name(t.Op), c.Program.Line(t.Step), c.Program.Position(op.Pos()).Line)}
			return fix
		}
		if out := c.outOfTheLock(t, calls); out != nil {
			return out
		}
		fix.Steps = []string{
			fmt.Sprintf("split %s into a function that takes the lock (line %d) and one that does the work and expects it to be held", op.In.Name, c.Program.Position(op.Pos()).Line),
			fmt.Sprintf("call the latter on line %d, where the lock is held", c.Program.Line(calls[len(calls)-1].Expr)),
		}
		return fix
	}
	if len(calls) == 0 || t.Step != t.Op.Node {
		return steps()
	}
	g := op.In
	pair := c.lockedThroughout(g, op)
	if pair == nil {
		return steps()
	}
	if c.allHold(g, op) {
		fix.Title = fmt.Sprintf("Take the lock out of %s, all of whose callers hold it", g.Name)
		for _, s := range pair {
			fix.Edits = append(fix.Edits, c.remove(g, s))
		}
		return fix
	}
	if len(calls) != 1 || g.Decl == nil {
		return steps()
	}
	inner := c.freeName(g)
	head := c.signature(g, inner)
	if inner == "" || head == "" {
		return steps()
	}
	fix.Title = fmt.Sprintf("Split %s into a part that locks and a part that works, and call the latter", g.Decl.Name.Name)
	forward := callText(g, inner)
	if g.Type.Results.NumFields() > 0 {
		forward = "return " + forward
	}
	fix.Edits = append(fix.Edits, c.behind(g, pair[1], fmt.Sprintf("%s\n}\n\n// %s is %s for callers that hold the lock.\n%s {", forward, inner, g.Decl.Name.Name, head)))
	decisive := false
	for _, call := range c.heldCalls(t, g, op) {
		id := calledName(call)
		if id == nil || call.Pkg != g.Pkg {
			decisive = false
			break
		}
		decisive = decisive || call == calls[0]
		fix.Edits = append(fix.Edits, repair.Edit{Pos: id.Pos(), End: id.End(), New: inner})
	}
	if !decisive { // the call stands in a function that the holder was handed
		fix.Edits = nil
		return steps()
	}
	return fix
}

// outOfTheLock makes a call that takes the lock before the holder has it, or behind.
func (c *Case) outOfTheLock(t code.Taken, calls []*code.Call) *repair.Fix {
	if fix := c.askedBefore(t, calls); fix != nil {
		return fix
	}
	return c.overCopy(t, calls[0].Expr)
}

// heldCalls are the calls of g in the holder's function that come while it holds the same lock.
func (c *Case) heldCalls(t code.Taken, g *code.Func, op *code.Op) []*code.Call {
	var out []*code.Call
	for _, call := range c.Program.CallersOf(g) {
		if call.In != t.In || call.Kind != code.Plain {
			continue
		}
		for _, h := range c.Program.HeldAt(call.In, call.Expr) {
			if h.Op.On.Same(op.On) && c.Program.Outward(c.lockPath(op), g, call).Is(h.Path) {
				out = append(out, call)
				break
			}
		}
	}
	return out
}

// lockedThroughout are the two statements with which a function begins that
// holds the lock until it ends: Lock and defer Unlock. Nil for other functions.
func (c *Case) lockedThroughout(g *code.Func, op *code.Op) []ast.Stmt {
	if len(g.Body.List) < 3 || op.Deferred {
		return nil
	}
	lock, ok := g.Body.List[0].(*ast.ExprStmt)
	if !ok || ast.Unparen(lock.X) != op.Node {
		return nil
	}
	d, ok := g.Body.List[1].(*ast.DeferStmt)
	if !ok {
		return nil
	}
	for _, other := range c.Program.OpsOf(d.Call) {
		if (other.Kind == code.Unlock || other.Kind == code.RUnlock) && other.On.Same(op.On) && c.lockPath(other).Is(c.lockPath(op)) {
			return []ast.Stmt{lock, d}
		}
	}
	return nil
}

// allHold says whether every place that can call g holds the lock that it takes.
func (c *Case) allHold(g *code.Func, op *code.Op) bool {
	if g.Decl == nil || g.Obj == nil || g.Obj.Exported() && g.Pkg.Name != "main" || c.usedAsValue(g) {
		return false
	}
	callers := c.Program.CallersOf(g)
	for _, call := range callers {
		if call.In == nil || call.Kind != code.Plain || len(call.Callees) != 1 {
			return false
		}
		wanted := c.Program.Outward(c.lockPath(op), g, call)
		held := false
		for _, h := range c.Program.HeldAt(call.In, call.Expr) {
			enough := h.Op.Kind == code.Lock || op.Kind == code.RLock
			held = held || enough && h.Op.On.Same(op.On) && wanted.Is(h.Path)
		}
		if !held {
			return false
		}
	}
	return len(callers) > 0
}

// usedAsValue: the function is named somewhere else than in a call of it.
func (c *Case) usedAsValue(g *code.Func) bool {
	uses := 0
	for _, pkg := range c.Program.Packages {
		for _, obj := range pkg.Info.Uses {
			if fn, ok := obj.(*types.Func); ok && fn.Origin() == g.Obj {
				uses++
			}
		}
	}
	return uses != len(c.Program.CallersOf(g))
}

// calledName is the name of the function in a call.
func calledName(call *code.Call) *ast.Ident {
	switch f := ast.Unparen(call.Expr.Fun).(type) {
	case *ast.Ident:
		return f
	case *ast.SelectorExpr:
		if t := call.Pkg.Info.TypeOf(f.X); t != nil && types.IsInterface(t) {
			return nil
		}
		return f.Sel
	}
	return nil
}

// freeName is a name for the part of g without the lock that nothing else has; "" when none is found.
func (c *Case) freeName(g *code.Func) string {
	if g.Pkg.Types == nil || g.Obj == nil {
		return ""
	}
	r, n := utf8.DecodeRuneInString(g.Decl.Name.Name)
	want := string(unicode.ToLower(r)) + g.Decl.Name.Name[n:] + "Locked"
	if recv := g.Obj.Signature().Recv(); recv != nil {
		if obj, _, _ := types.LookupFieldOrMethod(recv.Type(), true, g.Pkg.Types, want); obj != nil {
			return ""
		}
		return want
	}
	if g.Pkg.Types.Scope().Lookup(want) != nil {
		return ""
	}
	return want
}

// signature is g's declaration under another name, up to its body; "" when its parameters cannot be handed on.
func (c *Case) signature(g *code.Func, as string) string {
	if g.Decl.Type.TypeParams != nil {
		return ""
	}
	for _, p := range g.Params() {
		if p == nil || p.Name() == "_" {
			return ""
		}
	}
	if g.Decl.Recv != nil && (len(g.Decl.Recv.List[0].Names) == 0 || g.Decl.Recv.List[0].Names[0].Name == "_") {
		return ""
	}
	decl := *g.Decl
	decl.Doc, decl.Body, decl.Name = nil, nil, ast.NewIdent(as)
	var b strings.Builder
	if err := printer.Fprint(&b, c.Program.Fset, &decl); err != nil {
		return ""
	}
	if strings.Contains(b.String(), "\n") {
		return ""
	}
	return b.String()
}

// callText calls a function with g's own receiver and parameters.
func callText(g *code.Func, as string) string {
	var args []string
	for i, p := range g.Params() {
		arg := p.Name()
		if g.Variadic() && i == len(g.Params())-1 {
			arg += "..."
		}
		args = append(args, arg)
	}
	if g.Decl.Recv != nil {
		as = g.Decl.Recv.List[0].Names[0].Name + "." + as
	}
	return as + "(" + strings.Join(args, ", ") + ")"
}
