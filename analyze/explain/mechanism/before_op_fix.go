package mechanism

import (
	"go/ast"
	"go/token"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// unlockAtEnd gives a lock that is given back when the function ends back right
// before an operation, and before the returns that come earlier: where the
// operation is the last thing that is done, and behind it only names and constants are returned.
func (c *Case) unlockAtEnd(t code.Taken, op *code.Op, give string) []repair.Edit {
	f := op.In
	s, lock := statement(f, op.Node), statement(f, t.Step)
	next, last := following(f.Body, s)
	if ret, ok := next.(*ast.ReturnStmt); next != nil && (!ok || !plainResults(ret)) || next == nil && !last {
		return nil
	}
	if !sameList(f.Body, lock, s) || !topLevel(f.Body, s) {
		return nil
	}
	deferred, _ := following(f.Body, lock)
	d, ok := deferred.(*ast.DeferStmt)
	if !ok || !c.Program.Releases(d, t, true) {
		return nil
	}
	edits := []repair.Edit{c.remove(f, d)}
	for _, r := range returnsBetween(f, lock, s) {
		edit, ok := c.giveBefore(f, lockExpr(t), r, give)
		if !ok || len(edits) > 3 {
			return nil
		}
		edits = append(edits, edit)
	}
	return append(edits, repair.Edit{Pos: s.Pos(), End: s.Pos(), New: give + "\n"})
}

func plainResults(ret *ast.ReturnStmt) bool {
	for _, x := range ret.Results {
		if !plain(x) {
			return false
		}
	}
	return true
}

// returnsBetween are a function's own returns between two statements of it.
func returnsBetween(f *code.Func, from, to ast.Stmt) []ast.Node {
	var out []ast.Node
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if _, lit := n.(*ast.FuncLit); lit {
			return false
		}
		if r, ok := n.(*ast.ReturnStmt); ok && from.End() < r.Pos() && r.Pos() < to.Pos() {
			out = append(out, r)
		}
		return true
	})
	return out
}

// closesBetween: the channel that is sent on is closed under the lock, and
// without the lock that may come while somebody sends. It may not where each
// sender counts itself out when it has sent all, and the last of them closes.
func (c *Case) closesBetween(t code.Taken, op *code.Op) bool {
	if op.Kind != code.Send {
		return false
	}
	for _, end := range c.Program.Ops(op.On, code.Close) {
		if end.In == nil {
			return true
		}
		under := end.Deferred || c.holdsAt(t, end.In, end.Node)
		for _, call := range c.Program.CallersOf(end.In) {
			under = under || call.In != nil && c.holdsAt(t, call.In, call.Expr)
		}
		if under && !(countsDown(end) && c.sendersLeaveBy(op, end.In)) {
			return true
		}
	}
	return false
}

// holdsAt says whether a function holds the same lock at a step.
func (c *Case) holdsAt(t code.Taken, f *code.Func, step ast.Node) bool {
	for _, h := range c.Program.HeldAt(f, step) {
		if h.Op.On.Same(t.Op.On) {
			return true
		}
	}
	return false
}

// countsDown: a close stands in an if that asks whether a number that is counted down there has come to 0.
func countsDown(end *code.Op) bool {
	found := false
	ast.Inspect(end.In.Body, func(n ast.Node) bool {
		if n == nil || !holds(n, end.Node) {
			return false
		}
		i, ok := n.(*ast.IfStmt)
		if !ok || !holds(i.Body, end.Node) {
			return true
		}
		cond, ok := ast.Unparen(i.Cond).(*ast.BinaryExpr)
		if !ok || cond.Op != token.EQL || text(cond.Y) != "0" {
			return true
		}
		ast.Inspect(end.In.Body, func(x ast.Node) bool {
			dec, ok := x.(*ast.IncDecStmt)
			found = found || ok && dec.Tok == token.DEC && dec.Pos() < end.Pos() && text(dec.X) == text(cond.X)
			return !found
		})
		return true
	})
	return found
}

// sendersLeaveBy: every function that calls the one with the send defers a call of the one that counts it out.
func (c *Case) sendersLeaveBy(op *code.Op, out *code.Func) bool {
	callers := c.Program.CallersOf(op.In)
	for _, call := range callers {
		if call.In == nil || call.Kind != code.Plain {
			return false
		}
		leaves := false
		for _, other := range c.Program.CallsIn(call.In) {
			if other.Kind == code.Defer && len(other.Callees) == 1 && other.Callees[0] == out && sameOwner(call.Expr, other.Expr) {
				leaves = true
			}
		}
		if !leaves {
			return false
		}
	}
	return len(callers) > 0
}

// sameOwner: two methods are called on what is written alike.
func sameOwner(a, b *ast.CallExpr) bool {
	x, ok := ast.Unparen(a.Fun).(*ast.SelectorExpr)
	y, also := ast.Unparen(b.Fun).(*ast.SelectorExpr)
	return ok && also && text(x.X) == text(y.X)
}
