package lint

import (
	"go/ast"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/mechanism"
	"github.com/logcap/logcap/analyze/goroutine"
)

// takes are the steps of f that receive from the channel: themselves, or by what they call.
func (l *linter) takes(s *sender, f *code.Func) map[ast.Node]bool {
	out := map[ast.Node]bool{}
	g := l.program.Graph(f)
	for _, u := range s.ch.flow.Of(code.UsedReceive, code.UsedRange) {
		if u.In == f {
			out[u.Node] = true
			continue
		}
		for _, c := range l.program.CallsIn(f) {
			if c.Kind != code.Plain {
				continue
			}
			for _, callee := range c.Callees {
				if l.runs(callee, u.In) && g.Holds(c.Expr) {
					out[c.Expr] = true
				}
			}
		}
	}
	return out
}

func in(set map[ast.Node]bool) func(ast.Node) bool { return func(n ast.Node) bool { return set[n] } }

func either(a, b func(ast.Node) bool) func(ast.Node) bool {
	return func(n ast.Node) bool { return a(n) || b(n) }
}

// takenOnce counts the receives, when each of them takes one value of a channel; false when one may take more.
func (l *linter) takenOnce(s *sender) (int64, *code.FlowUse, bool) {
	var only *code.FlowUse
	n := int64(0)
	for _, u := range s.ch.flow.Of(code.UsedReceive, code.UsedRange) {
		if u.Kind == code.UsedRange || u.In != s.owner && l.program.Graph(u.In).InLoop(u.Node) {
			return 0, nil, false
		}
		n, only = n+1, &u
	}
	for step := range l.takes(s, s.owner) {
		if l.again(s, s.owner, step) {
			return 0, nil, false
		}
	}
	return n, only, n > 0
}

// decide asks the rules that explain findings: what lint says has to be what they say.
func (l *linter) decide(s *sender, want analyze.Mechanism) (*mechanism.Decision, bool) {
	c := &mechanism.Case{
		Program: l.program, State: goroutine.State("chan send"), Entry: s.entry, Launch: s.launch, Parent: s.launch.In,
		Op: s.op, Ops: []*code.Op{s.op}, Frames: l.frames(s.entry, s.op),
	}
	d, _ := mechanism.Decide(c)
	if d == nil || !d.Sure || d.Mechanism != want {
		return &mechanism.Decision{}, d != nil
	}
	return d, true
}

// frames are the calls by which a goroutine comes from its entry to an operation, innermost first.
func (l *linter) frames(entry *code.Func, op *code.Op) []mechanism.Frame {
	at := l.program.Position(op.Pos())
	out := []mechanism.Frame{{Func: op.In, Pos: op.Pos(), Line: at.Line, File: at.Filename}}
	for f := op.In; f != entry && len(out) < deepest; {
		var via *code.Call
		for _, c := range l.program.CallersOf(f) {
			if c.In != nil && c.Kind != code.Go && c.Kind != code.Launch && l.runs(entry, c.In) {
				via = c
				break
			}
		}
		if via == nil {
			break
		}
		at := l.program.Position(via.Expr.Pos())
		out = append(out, mechanism.Frame{Func: via.In, Pos: via.Expr.Pos(), Call: via.Expr, Line: at.Line, File: at.Filename})
		f = via.In
	}
	return out
}
