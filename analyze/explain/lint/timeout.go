package lint

import (
	"fmt"
	"go/ast"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// timedOut: a select receives from the channel or waits for a timer or the
// caller's context, and behind that case nobody receives any more.
func (l *linter) timedOut(s *sender) bool {
	if s.ch.room != 0 || l.again(s, s.owner, s.start) {
		return false
	}
	for _, u := range s.ch.flow.Of(code.UsedReceive) {
		for _, op := range l.program.OpsIn(u.In, code.Receive) {
			if op.Node != u.Node || op.Select == nil {
				continue
			}
			clause, other := l.alternative(s, op)
			if clause == nil || !l.deserts(s, u.In, other) {
				continue
			}
			d, ok := l.decide(s, analyze.TimeoutLeak)
			if !ok {
				continue
			}
			l.add(diagnostic{
				pos: clause.Pos(), mechanism: analyze.TimeoutLeak, fix: d.Fix,
				text:    fmt.Sprintf("when this case comes first, nobody receives from %s any more: the goroutine that sends to it waits for ever", variable(u.Node)),
				related: []place{{s.launch.Expr.Pos(), "the goroutine starts here"}, {s.op.Pos(), "it sends here, and the channel has no room"}, {s.ch.made.Pos(), "the channel is made here"}},
			})
			return true
		}
	}
	return false
}

// alternative is a case beside a receive that waits for a timer or for a context that the goroutine does not end.
func (l *linter) alternative(s *sender, op *code.Op) (*ast.CommClause, *code.Op) {
	if code.HasDefault(op.Select) {
		return nil, nil
	}
	for _, other := range l.program.OpsIn(op.In, code.Receive) {
		if other.Select != op.Select || other.Clause == op.Clause {
			continue
		}
		recv, ok := other.Node.(*ast.UnaryExpr)
		if !ok || s.ch.flow.Objects[l.object(recv.X)] {
			continue
		}
		if l.isTimer(recv.X) || l.isForeign(s, recv.X) {
			return other.Clause, other
		}
	}
	return nil, nil
}

// isTimer: time.After(d), t.C of a Timer.
func (l *linter) isTimer(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.CallExpr:
		return code.FullName(l.pkg, x) == "time.After"
	case *ast.SelectorExpr:
		return x.Sel.Name == "C" && code.TypeName(l.pkg.Info.TypeOf(x.X)) == "time.Timer"
	}
	return false
}

// isForeign: ctx.Done() of a context that nobody in the goroutine's reach, or in another one, can cancel.
func (l *linter) isForeign(s *sender, x ast.Expr) bool {
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Done" || code.TypeName(l.pkg.Info.TypeOf(sel.X)) != "context.Context" {
		return false
	}
	ctx := l.program.Value(l.pkg, sel.X)
	if ctx == nil {
		return false
	}
	others := l.elsewhere(s.owner)
	for _, derive := range l.program.Ops(ctx, code.Derive) {
		if derive.Other == nil { // an errgroup's
			return false
		}
		for _, call := range l.program.Ops(derive.Other, code.Invoke) {
			if call.In == nil || l.runs(s.entry, call.In) || others[call.In] && !call.Deferred {
				return false
			}
		}
		if derive.Other.Escapes() {
			return false
		}
	}
	return true
}

// deserts says that nothing is received behind a case of a select: not in its
// function, and not in those that call it, up to the owner.
func (l *linter) deserts(s *sender, f *code.Func, other *code.Op) bool {
	g := l.program.Graph(f)
	if found, exits := g.Search(other.Node, l.renews(s, f), in(l.takes(s, f))); len(found) > 0 || len(exits) == 0 {
		return false
	}
	if f == s.owner {
		return l.program.Graph(f).Before(s.start, other.Node)
	}
	for _, c := range l.program.CallersOf(f) {
		if c.Kind != code.Plain || c.In == nil {
			continue
		}
		step := l.step(c.In, c.Expr)
		if step == nil {
			return false
		}
		if found, _ := l.program.Graph(c.In).Search(step, l.renews(s, c.In), in(l.takes(s, c.In))); len(found) > 0 {
			return false
		}
		if c.In == s.owner {
			if step != s.start && !l.program.Graph(c.In).Before(s.start, step) {
				return false
			}
		} else if !l.runs(s.owner, c.In) {
			return false // somebody else calls it, with another channel or with this one
		}
	}
	return true
}
