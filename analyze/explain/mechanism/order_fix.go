package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// oneOrder lets one of two functions take the locks in the other's order.
func (c *Case) oneOrder(e edge, back []edge) *repair.Fix {
	fix := &repair.Fix{
		Title: fmt.Sprintf("Take %s and %s in one order everywhere", name(e.held.Op), name(e.wants)),
		Why:   "When everybody takes them in one order, nobody waits for somebody who waits for him.",
	}
	if len(back) == 1 {
		for _, one := range []edge{e, back[0]} {
			if edits := c.secondFirst(one); edits != nil {
				fix.Title = fmt.Sprintf("Let %s take %s before %s, as the other does", one.held.In.Name, name(one.wants), name(one.held.Op))
				fix.Edits = edits
				return fix
			}
		}
		for _, one := range []edge{e, back[0]} {
			if edits := c.callerFirst(one); edits != nil {
				fix.Title = fmt.Sprintf("Let %s take %s before %s, as the other does, and not %s", one.held.In.Name, name(one.wants), name(one.held.Op), one.wants.In.Name)
				fix.Edits = edits
				return fix
			}
		}
	}
	for _, one := range append([]edge{e}, back...) {
		if len(one.calls) > 0 {
			if out := c.overCopy(one.held, one.calls[0].Expr); out != nil {
				return out
			}
		}
	}
	fix.Steps = append(fix.Steps, fmt.Sprintf("decide which comes first, %s or %s", name(e.held.Op), name(e.wants)))
	for _, one := range append([]edge{e}, back...) {
		pos, _ := callOrOp(one.wants, one.calls)
		fix.Steps = append(fix.Steps, fmt.Sprintf("%s takes %s on line %d and then %s on line %d: change it unless that is the order", one.held.In.Name,
			name(one.held.Op), c.Program.Line(one.held.Step), name(one.wants), c.Program.Position(pos).Line))
	}
	return fix
}

// secondFirst moves the second Lock, with the deferred Unlock behind it, before
// the first: when both stand in one list, nothing leaves between, and nothing between takes or gives that lock.
func (c *Case) secondFirst(e edge) []repair.Edit {
	f := e.held.In
	if len(e.calls) > 0 || e.held.Step != e.held.Op.Node {
		return nil
	}
	first, second := statement(f, e.held.Step), statement(f, e.wants.Node)
	if !sameList(f.Body, first, second) || !exprOf(first, e.held.Step) || !exprOf(second, e.wants.Node) {
		return nil
	}
	sel, ok := ast.Unparen(e.wants.Node.(*ast.CallExpr).Fun).(*ast.SelectorExpr)
	if !ok || calls(sel.X) || !namesHold(f.Pkg, sel.X, first.Pos()) || !c.plainBetween(f, first, second, e) {
		return nil
	}
	moved := types.ExprString(e.wants.Node.(*ast.CallExpr))
	edits := []repair.Edit{c.remove(f, second)}
	if next, _ := following(f.Body, second); next != nil {
		if d, ok := next.(*ast.DeferStmt); ok {
			for _, op := range c.Program.OpsOf(d.Call) {
				if op.On.Same(e.wants.On) && (op.Kind == code.Unlock || op.Kind == code.RUnlock) {
					moved += "\ndefer " + types.ExprString(d.Call)
					edits = append(edits, c.remove(f, d))
				}
			}
		}
	}
	return append([]repair.Edit{{Pos: first.Pos(), End: first.Pos(), New: moved + "\n"}}, edits...)
}

// plainBetween: no way out, no lock, no wait for others between two statements.
func (c *Case) plainBetween(f *code.Func, first, second ast.Stmt, e edge) bool {
	ok := true
	g := c.Program.Graph(f)
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if n == nil || n.Pos() < first.End() || n.End() > second.Pos() {
			return n == nil || n.Pos() < second.Pos()
		}
		switch s := n.(type) {
		case *ast.ReturnStmt, *ast.BranchStmt, *ast.GoStmt, *ast.SelectStmt, *ast.FuncLit:
			ok = false
		case *ast.DeferStmt:
			return false
		case *ast.AssignStmt: // the lock's own names must not be given between
			ok = ok && !sharesName(f, s, e.wants)
		}
		return ok
	})
	if !ok {
		return false
	}
	blocks := false
	for _, u := range c.Program.Under(e.held) {
		op, calls := u.Op, u.Calls
		at := op.Node
		if len(calls) > 0 {
			at = calls[0].Expr
		}
		if at.Pos() < first.End() || at.End() > second.Pos() || !g.Holds(at) {
			continue
		}
		switch op.Kind {
		case code.Lock, code.RLock, code.Send, code.Receive, code.Range, code.Wait:
			blocks = true
		}
	}
	return !blocks
}

// sharesName: a statement assigns a variable that the lock's expression is made of.
func sharesName(f *code.Func, s *ast.AssignStmt, op *code.Op) bool {
	used := map[types.Object]bool{}
	ast.Inspect(op.Node, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			used[f.Pkg.Info.ObjectOf(id)] = true
		}
		return true
	})
	for _, l := range s.Lhs {
		if id, ok := ast.Unparen(l).(*ast.Ident); ok && used[f.Pkg.Info.ObjectOf(id)] {
			return true
		}
	}
	return false
}

func exprOf(s ast.Stmt, call ast.Node) bool {
	x, ok := s.(*ast.ExprStmt)
	return ok && ast.Unparen(x.X) == call
}

// sameList says whether two statements stand in one list, the first before the second.
func sameList(body *ast.BlockStmt, first, second ast.Stmt) bool {
	for s := first; s != nil; {
		next, _ := following(body, s)
		if next == second {
			return true
		}
		s = next
	}
	return false
}
