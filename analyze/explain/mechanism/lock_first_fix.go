package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// callerFirst lets a function that calls, under a lock, one that takes another
// take that other itself before: where it is the only caller, and both hold their locks until they end.
func (c *Case) callerFirst(e edge) []repair.Edit {
	f, g := e.held.In, e.wants.In
	if len(e.calls) != 1 || e.held.Step != e.held.Op.Node || g == nil || g.Decl == nil || g.Obj == nil || g.Obj.Exported() || c.usedAsValue(g) {
		return nil
	}
	callers := c.Program.CallersOf(g)
	first := statement(f, e.held.Step)
	if len(callers) != 1 || callers[0] != e.calls[0] || callers[0].Kind != code.Plain || callers[0].Pkg != f.Pkg || !topLevel(f.Body, first) {
		return nil
	}
	next, _ := following(f.Body, first)
	d, ok := next.(*ast.DeferStmt)
	pair := c.lockedThroughout(g, e.wants)
	if !ok || pair == nil || !c.Program.Releases(d, e.held, true) || !c.quietUnder(e) {
		return nil
	}
	x := c.inCallersWords(e.wants, g, callers[0])
	if x == "" || !namesHold(f.Pkg, callers[0].Expr.Fun, first.Pos()) {
		return nil
	}
	kind, gives := "Lock", "Unlock"
	if e.wants.Kind == code.RLock {
		kind, gives = "RLock", "RUnlock"
	}
	return []repair.Edit{
		{Pos: first.Pos(), End: first.Pos(), New: fmt.Sprintf("%s.%s()\ndefer %s.%s()\n", x, kind, x, gives)},
		c.remove(g, pair[0]), c.remove(g, pair[1]),
	}
}

// quietUnder: while the first lock is held nobody is waited for but the second,
// once, and no caller holds that already.
func (c *Case) quietUnder(e edge) bool {
	for _, u := range c.Program.Under(e.held) {
		switch u.Op.Kind {
		case code.Send, code.Receive, code.Range, code.Wait:
			return false
		case code.Lock, code.RLock:
			if u.Op != e.wants && u.Op.On.Same(e.wants.On) {
				return false
			}
		}
	}
	for _, call := range c.Program.CallersOf(e.held.In) {
		if call.In == nil {
			continue
		}
		for _, h := range c.Program.HeldAt(call.In, call.Expr) {
			if h.Op.On.Same(e.wants.On) {
				return false
			}
		}
	}
	return true
}

// inCallersWords is a lock of a method's receiver as its caller writes it; "" when it hangs on something else.
func (c *Case) inCallersWords(op *code.Op, g *code.Func, call *code.Call) string {
	sel, ok := ast.Unparen(call.Expr.Fun).(*ast.SelectorExpr)
	lock := receiverOf(op)
	if !ok || lock == nil || calls(sel.X) || g.Decl.Recv == nil || len(g.Decl.Recv.List[0].Names) != 1 {
		return ""
	}
	if s := call.Pkg.Info.Selections[sel]; s == nil || len(s.Index()) != 1 || types.IsInterface(s.Recv()) {
		return ""
	}
	recv := g.Decl.Recv.List[0].Names[0].Name
	whole, of := types.ExprString(lock), types.ExprString(sel.X)
	if whole == recv {
		return of
	}
	if rest, ok := strings.CutPrefix(whole, recv+"."); ok && !strings.ContainsAny(rest, "[(*") {
		return of + "." + rest
	}
	return ""
}
