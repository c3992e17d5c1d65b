package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// channelUnderLock: a channel operation waits under a lock that its counterpart needs.
func channelUnderLock(c *Case) (*Decision, string) {
	if c.Op == nil || !c.locks() && !onChannel(c.Op) {
		return nil, ""
	}
	if d := c.decideBy(analyze.ChannelUnderLock); d != nil {
		return d, ""
	}
	if c.locks() {
		return nil, "no function waits on a channel while it holds this lock"
	}
	for _, h := range c.holding() {
		return nil, fmt.Sprintf("the goroutine holds %s, but nobody at the other end of the channel needs it", name(h.Op))
	}
	return nil, ""
}

func onChannel(op *code.Op) bool {
	return op.Kind == code.Send || op.Kind == code.Receive || op.Kind == code.Range
}

// operatesUnder: the goroutine waits on a channel, and holds a lock.
func (c *Case) operatesUnder(h held) *culprit {
	if !onChannel(c.Op) && c.Op.Kind != code.Wait || c.conditionOf(h) {
		return nil
	}
	calls := c.callsOut(h.frame)
	ops := c.Ops
	if c.Op.Alone() {
		ops = []*code.Op{c.Op}
	}
	var found *culprit
	for _, op := range ops {
		k := c.under(h.Taken, op, calls)
		if k == nil {
			return nil // a case that somebody can serve
		}
		if found == nil {
			found = k
		}
	}
	return found
}

// waitsUnder: a function that holds the lock waits on a channel for somebody who
// needs it; in a select, for such in every case.
func (c *Case) waitsUnder(t code.Taken) []culprit {
	var out []culprit
	cases := map[*ast.SelectStmt]map[*ast.CommClause]bool{}
	first := map[*ast.SelectStmt]*culprit{}
	for _, u := range c.Program.Under(t) {
		op := u.Op
		if !onChannel(op) && op.Kind != code.Wait || op.Select != nil && code.HasDefault(op.Select) {
			continue
		}
		seen := slices.Contains(c.sits, op)
		if op.Kind == code.Send && c.capacity(op.On) != 0 && !seen {
			continue // it waits only when the buffer is full
		}
		k := c.under(t, op, u.Calls)
		if k == nil {
			continue
		}
		if s := op.Select; s != nil && !op.Alone() {
			if cases[s] == nil {
				cases[s], first[s] = map[*ast.CommClause]bool{}, k
			}
			cases[s][op.Clause] = true
			if len(cases[s]) < len(s.Body.List) {
				continue
			}
			k = first[s]
		}
		k.certain = k.certain && !several(u.Calls, 1) && (op.Kind == code.Wait || c.capacity(op.On) == 0 || seen)
		out = append(out, *k)
	}
	return out
}

// under is the culprit that op waits while t holds a lock that its counterpart needs.
func (c *Case) under(t code.Taken, op *code.Op, calls []*code.Call) *culprit {
	all := c.counterparts(op, t, t.In)
	if len(all) == 0 {
		return nil
	}
	certain := false
	for _, other := range all {
		certain = certain || other.certain
	}
	k := &culprit{mechanism: analyze.ChannelUnderLock, in: t.In, by: callersIn(calls), certain: certain}
	if op.Kind == code.Wait {
		k.mechanism = analyze.WaitGroupMisuse
	}
	k.cause = Place{op.Pos(), fmt.Sprintf("%s waits here and holds %s, which the other end needs", op.In.Name, name(t.Op))}
	k.evidence = append(k.evidence, Place{t.Step.Pos(), fmt.Sprintf("%s takes %s", t.In.Name, name(t.Op))})
	k.evidence = append(k.evidence, wayTo(calls)...)
	k.evidence = append(k.evidence, Place{op.Pos(), fmt.Sprintf("the %s waits while the lock is held", op.Kind)})
	for i, other := range all {
		if i == 2 {
			break
		}
		end := fmt.Sprintf("%s is the other end: its %s would let it go on", other.op.In.Name, other.op.Kind)
		if other.op.Kind == code.Add {
			end = fmt.Sprintf("%s is run here: its end would let it go on", other.by.Name)
		}
		k.evidence = append(k.evidence,
			Place{other.op.Pos(), end},
			Place{other.lock.Pos(), fmt.Sprintf("%s needs the lock for that, here or behind the call on line %d", other.by.Name, c.Program.Line(other.lockStep))})
	}
	if len(calls) > 0 {
		k.others = append(k.others, Place{calls[0].Expr.Pos(), "the call that is made while the lock is held"})
	}
	k.fix = func() *repair.Fix { return c.unlockBefore(t, op, calls, all) }
	return k
}

// unlockBefore gives the lock back before the operation, where nothing behind it needs the lock
// and the other end comes to its operation once it has had the lock.
func (c *Case) unlockBefore(t code.Taken, op *code.Op, calls []*code.Call, all []counterpart) *repair.Fix {
	fix := &repair.Fix{
		Title: fmt.Sprintf("Give %s back before the %s", name(t.Op), op.Kind),
		Why:   "The other end gets the lock, and comes to the operation that this one waits for.",
	}
	ends := true
	for _, other := range all {
		ends = ends && other.first
	}
	if ends && len(calls) == 0 {
		fix.Edits = c.swapUnlock(t, op)
	}
	if fix.Edits != nil {
		return fix
	}
	fix.Steps = []string{fmt.Sprintf("take what the operation on line %d needs out of what %s guards, and give the lock back before that line", c.Program.Position(op.Pos()).Line, name(t.Op))}
	for _, other := range all {
		if !other.first {
			fix.Steps = append(fix.Steps, fmt.Sprintf("let the operation on line %d end when %s, which takes the lock on line %d, has left: by a select with a channel that is closed then",
				c.Program.Position(op.Pos()).Line, other.by.Name, c.Program.Position(other.lock.Pos()).Line))
			break
		}
	}
	return fix
}

// swapUnlock exchanges an operation and the Unlock right behind it.
func (c *Case) swapUnlock(t code.Taken, op *code.Op) []repair.Edit {
	f := op.In
	if f != t.In || t.Step != t.Op.Node {
		return nil
	}
	s := statement(f, op.Node)
	give := giveText(t)
	if s == nil || give == "" || !c.inScope(t, s.Pos()) || c.touches(f, s, t) || c.closesBetween(t, op) {
		return nil
	}
	next, _ := following(f.Body, s)
	if call, ok := next.(*ast.ExprStmt); ok {
		for _, other := range c.Program.OpsOf(ast.Unparen(call.X)) {
			if other.Kind == givesKind(t) && other.On.Same(t.Op.On) {
				return []repair.Edit{{Pos: s.Pos(), End: s.Pos(), New: give + "\n"}, c.remove(f, next)}
			}
		}
		return nil
	}
	return c.unlockAtEnd(t, op, give)
}

func returnsWithin(from, to ast.Stmt, f *code.Func) bool {
	found := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok && from.End() < r.Pos() && r.Pos() < to.Pos() {
			found = true
		}
		return true
	})
	return found
}

// touches: the statement reads something beside the channel through what holds
// the lock, or gives what it receives to it.
func (c *Case) touches(f *code.Func, s ast.Stmt, t code.Taken) bool {
	found := false
	check := func(x ast.Expr) {
		ast.Inspect(x, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if c.Program.PathOf(f, n.X).Root == t.Path.Root {
					found = true
				}
			case *ast.CallExpr:
				found = true
			}
			return !found
		})
	}
	switch s := s.(type) {
	case *ast.SendStmt:
		check(s.Value)
	case *ast.AssignStmt:
		for _, l := range s.Lhs {
			check(l)
		}
		if s.Tok != token.DEFINE {
			found = true
		}
	case *ast.ExprStmt:
	default:
		return true
	}
	return found
}
