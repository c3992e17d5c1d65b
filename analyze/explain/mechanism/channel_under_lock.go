package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"

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

// counterpart is who has to do something for an operation to go on, and where it needs the lock for that.
type counterpart struct {
	op   *code.Op // the other end of the channel
	lock *code.Op // the lock that is asked for
	// by is the function in which both happen, lockStep and opStep its steps.
	by               *code.Func
	lockStep, opStep ast.Node
	// first: the lock is needed to come to the operation, and not only behind it.
	first bool
}

// counterparts are those that end an operation's wait and need a lock.
func (c *Case) counterparts(op *code.Op, t code.Taken, holder *code.Func) []counterpart {
	kinds := []code.OpKind{code.Receive, code.Range}
	switch op.Kind {
	case code.Receive, code.Range:
		kinds = []code.OpKind{code.Send, code.Close}
	case code.Wait:
		kinds = []code.OpKind{code.Done}
	}
	var out []counterpart
	for _, other := range c.Program.Ops(op.On, kinds...) {
		if other.In == nil || other.In == op.In || other.In == holder {
			continue
		}
		if n := c.needs(other, t, holder); n != nil {
			out = append(out, *n)
		}
	}
	return out
}

// needs looks for the lock in the function that does the operation, in what it
// calls, and in those that call it.
func (c *Case) needs(op *code.Op, t code.Taken, holder *code.Func) *counterpart {
	p := c.Program
	type at struct {
		f    *code.Func
		step ast.Node
	}
	queue := []at{{op.In, op.Node}}
	seen := map[*code.Func]bool{op.In: true}
	for i := 0; i < len(queue) && i < 20; i++ {
		f, step := queue[i].f, queue[i].step
		if f == holder {
			continue
		}
		g := p.Graph(f)
		var behind *counterpart
		for _, s := range c.stepsTaking(f, t.Op.On) {
			if s.step == step {
				continue
			}
			n := &counterpart{op: op, lock: s.op, by: f, lockStep: s.step, opStep: step}
			switch {
			case op.Deferred || g.Before(s.step, step):
				n.first = true
				return n
			case behind == nil && g.Before(step, s.step):
				behind = n
			}
		}
		if behind != nil {
			return behind
		}
		for _, call := range p.CallersOf(f) {
			if call.In == nil || seen[call.In] || call.Kind == code.Go || call.Kind == code.Launch {
				continue
			}
			if s := c.stepOf(call.In, call); s != nil {
				seen[call.In] = true
				queue = append(queue, at{call.In, s})
			}
		}
	}
	return nil
}

// taking is a step of a function that comes to take a lock, and the Lock.
type taking struct {
	step ast.Node
	op   *code.Op
}

// stepsTaking are the steps of f that take a lock, themselves or in what they call.
func (c *Case) stepsTaking(f *code.Func, v *code.Value) []taking {
	var out []taking
	for _, op := range c.Program.OpsIn(f, code.Lock, code.RLock) {
		if op.On.Same(v) {
			out = append(out, taking{op.Node, op})
		}
	}
	takers := c.takersUp(v)
	for _, call := range c.Program.CallsIn(f) {
		if call.Kind != code.Plain && call.Kind != code.Defer {
			continue
		}
		for _, g := range call.Callees {
			if op := takers[g]; op != nil && g != f {
				if s := c.stepOf(f, call); s != nil {
					out = append(out, taking{s, op})
				}
			}
		}
	}
	return out
}

// takersUp are the functions that take a lock, and those that call them, over some calls.
func (c *Case) takersUp(v *code.Value) map[*code.Func]*code.Op {
	out := map[*code.Func]*code.Op{}
	var queue []*code.Func
	for _, op := range c.Program.Ops(v, code.Lock, code.RLock) {
		if op.In != nil && out[op.In] == nil {
			out[op.In] = op
			queue = append(queue, op.In)
		}
	}
	for level := 0; level < deepest-1 && len(queue) > 0; level++ {
		var next []*code.Func
		for _, f := range queue {
			for _, call := range c.Program.CallersOf(f) {
				if call.In != nil && out[call.In] == nil && (call.Kind == code.Plain || call.Kind == code.Defer) {
					out[call.In] = out[f]
					next = append(next, call.In)
				}
			}
		}
		queue = next
	}
	return out
}

// operatesUnder: the goroutine waits on a channel, and holds a lock.
func (c *Case) operatesUnder(h held) *culprit {
	if !onChannel(c.Op) && c.Op.Kind != code.Wait || c.conditionOf(h) {
		return nil
	}
	var calls []*code.Call
	for k := h.frame; k > 0 && k < len(c.Frames); k-- {
		if call := c.callOf(c.Frames[k], c.Frames[k-1].Func); call != nil {
			calls = append(calls, call)
		}
	}
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

// waitsUnder: a function that holds the lock waits on a channel for somebody who needs it.
func (c *Case) waitsUnder(t code.Taken) []culprit {
	var out []culprit
	c.Program.Under(t, func(op *code.Op, calls []*code.Call) {
		if !onChannel(op) && op.Kind != code.Wait || op.Select != nil && (code.HasDefault(op.Select) || !op.Alone()) {
			return
		}
		if k := c.under(t, op, calls); k != nil {
			out = append(out, *k)
		}
	})
	return out
}

// under is the culprit that op waits while t holds a lock that its counterpart needs.
func (c *Case) under(t code.Taken, op *code.Op, calls []*code.Call) *culprit {
	all := c.counterparts(op, t, t.In)
	if len(all) == 0 {
		return nil
	}
	k := &culprit{mechanism: analyze.ChannelUnderLock, in: t.In, certain: true}
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
		k.evidence = append(k.evidence,
			Place{other.op.Pos(), fmt.Sprintf("%s is the other end: its %s would let it go on", other.op.In.Name, other.op.Kind)},
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
	if s == nil || give == "" || !c.inScope(t, s.Pos()) || c.touches(f, s, t) {
		return nil
	}
	next, last := following(f.Body, s)
	if next != nil {
		call, ok := next.(*ast.ExprStmt)
		if !ok {
			return nil
		}
		for _, other := range c.Program.OpsOf(ast.Unparen(call.X)) {
			if other.Kind == givesKind(t) && other.On.Same(t.Op.On) {
				return []repair.Edit{{Pos: s.Pos(), End: s.Pos(), New: give + "\n"}, c.remove(f, next)}
			}
		}
		return nil
	}
	lock := statement(f, t.Step)
	if !last || !sameList(f.Body, lock, s) || !topLevel(f.Body, s) {
		return nil
	}
	deferred, _ := following(f.Body, lock)
	d, ok := deferred.(*ast.DeferStmt)
	if !ok || !c.Program.Releases(d, t, true) || returnsWithin(lock, s, f) {
		return nil
	}
	return []repair.Edit{c.remove(f, d), {Pos: s.Pos(), End: s.Pos(), New: give + "\n"}}
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
