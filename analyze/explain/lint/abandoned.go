package lint

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// twice: the goroutine sends, and cannot but send again, where one value is taken.
func (l *linter) twice(s *sender) bool {
	if s.ch.room != 0 {
		return false
	}
	f := s.op.In
	g := l.program.Graph(f)
	if g.InLoop(s.op.Node) {
		return false
	}
	n, receive, ok := l.takenOnce(s)
	if !ok || n != 1 {
		return false
	}
	for _, u := range s.ch.flow.Of(code.UsedSend) {
		if u.In != f || u.Node == s.op.Node || l.alone(u) == nil {
			continue
		}
		second := func(n ast.Node) bool { return n == s.op.Node }
		found, exits := g.Search(u.Node, second, second)
		if len(found) == 0 || len(exits) > 0 {
			continue
		}
		d, ok := l.decide(s, analyze.DoubleSend)
		if !ok {
			continue
		}
		l.add(diagnostic{
			pos: u.Node.Pos(), mechanism: analyze.DoubleSend, fix: d.Fix,
			text: fmt.Sprintf("%s sends to %s here and again behind it, where one value is received: the goroutine waits for ever in its second send", short(f), variable(u.Node)),
			related: []place{
				{s.op.Pos(), "the second send"}, {receive.Node.Pos(), "one value is received here"}, {s.launch.Expr.Pos(), "the goroutine starts here"},
			},
		})
		return true
	}
	return false
}

// cast: a loop starts goroutines that all send, and fewer values are taken.
func (l *linter) cast(s *sender) bool {
	if !l.again(s, s.owner, s.start) && !l.startsMany(s) {
		return false
	}
	n, receive, ok := l.takenOnce(s)
	if !ok || !l.certain(s) {
		return false
	}
	loop := loopAround(s.launch.In, s.launch.Expr, s.ch.made)
	if loop == nil {
		return false
	}
	rounds := l.rounds(loop, s.launch.In)
	switch {
	case rounds == 0 && (n > 1 || s.ch.room > 0), rounds > 0 && rounds <= n+s.ch.room:
		return false
	}
	d, ok := l.decide(s, analyze.NCast)
	if !ok {
		return false
	}
	l.add(diagnostic{
		pos: receive.Node.Pos(), mechanism: analyze.NCast, fix: d.Fix,
		text:    fmt.Sprintf("one value is received from %s of the several that are sent: the goroutines that come later wait for ever", variable(receive.Node)),
		related: []place{{s.launch.Expr.Pos(), "a goroutine starts here in each round of a loop"}, {s.op.Pos(), "each of them sends here"}, {s.ch.made.Pos(), "the channel is made once, before the loop"}},
	})
	return true
}

// startsMany: the loop is in a function that the owner calls.
func (l *linter) startsMany(s *sender) bool {
	if s.launch.In == s.owner || s.launch.In == s.ch.in {
		return false
	}
	step := l.step(s.launch.In, s.launch.Expr)
	return step != nil && l.program.Graph(s.launch.In).InLoop(step)
}

// certain says that a goroutine cannot end without having sent.
func (l *linter) certain(s *sender) bool {
	if s.op.In != s.entry {
		return false
	}
	_, exits := l.program.Graph(s.entry).Search(nil, func(n ast.Node) bool { return n == s.op.Node }, nil)
	return len(exits) == 0
}

// loopAround is the innermost loop of f that holds a step and not the node without.
func loopAround(f *code.Func, step, without ast.Node) ast.Node {
	var loop ast.Node
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			if within(n, step) && !within(n, without) {
				loop = n
			}
		}
		return true
	})
	return loop
}

func within(outer, inner ast.Node) bool {
	return outer.Pos() <= inner.Pos() && inner.End() <= outer.End()
}

// rounds is how often a loop runs: 0 when that is not written there.
func (l *linter) rounds(loop ast.Node, f *code.Func) int64 {
	switch s := loop.(type) {
	case *ast.RangeStmt:
		if lit, ok := ast.Unparen(s.X).(*ast.CompositeLit); ok {
			return int64(len(lit.Elts))
		}
		return l.constant(s.X)
	case *ast.ForStmt:
		if cond, ok := s.Cond.(*ast.BinaryExpr); ok {
			n := l.constant(cond.Y)
			if cond.Op == token.LEQ && n > 0 {
				n++
			}
			return n
		}
	}
	return 0
}

func (l *linter) constant(x ast.Expr) int64 {
	if v := l.pkg.Info.Types[x].Value; v != nil && v.Kind() == constant.Int {
		n, _ := constant.Int64Val(v)
		return n
	}
	return 0
}
