package lint

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// left: the owner starts the goroutine, and can leave by a way on which nothing
// is received, and which is no way behind a receive either: then whoever leaves
// there leaves the goroutine.
func (l *linter) left(s *sender) bool {
	g := l.program.Graph(s.owner)
	takes := l.takes(s, s.owner)
	if s.ch.room != 0 || len(takes) == 0 || !l.certain(s) {
		return false
	}
	_, without := g.Search(nil, func(n ast.Node) bool { return n == s.start }, nil)
	others := l.besides(s, s.owner)
	_, ways := g.Search(s.start, either(either(in(takes), in(others)), l.renews(s, s.owner)), nil)
	for t := range takes {
		_, after := g.Search(t, l.renews(s, s.owner), nil)
		without = append(without, after...)
	}
	for _, exit := range ways {
		if slices.Contains(without, exit) || l.agreed(s, exit, takes) {
			continue
		}
		pos, how := leaving(exit)
		d, ok := l.decide(s, analyze.PrematureReturn)
		if !ok {
			continue
		}
		l.add(diagnostic{
			pos: pos, mechanism: analyze.PrematureReturn, fix: d.Fix,
			text:    fmt.Sprintf("%s %s here without receiving from %s: the goroutine that it has started waits for ever in its send", short(s.owner), how, variable(s.op.Node)),
			related: []place{{s.launch.Expr.Pos(), "the goroutine starts here"}, {s.op.Pos(), "it sends here"}},
		})
		return true
	}
	return false
}

// besides are the operations of the other cases of selects that receive from the channel.
func (l *linter) besides(s *sender, f *code.Func) map[ast.Node]bool {
	out := map[ast.Node]bool{}
	for _, u := range s.ch.flow.Of(code.UsedReceive) {
		if u.In != f {
			continue
		}
		for _, op := range l.program.OpsOf(u.Node) {
			if op.Select == nil {
				continue
			}
			for _, other := range l.program.OpsIn(f) {
				if other.Select == op.Select && other.Clause != op.Clause {
					out[other.Node] = true
				}
			}
		}
	}
	return out
}

// agreed says whether the goroutine may have a part in the way by which the
// owner leaves: what it does elsewhere is waited for, or what it writes is asked for.
func (l *linter) agreed(s *sender, exit ast.Node, takes map[ast.Node]bool) bool {
	touched := l.touched(s.entry)
	g := l.program.Graph(s.owner)
	steps, _ := g.Search(s.start, in(takes), func(ast.Node) bool { return true })
	for _, n := range steps {
		if n == exit || takes[n] {
			continue
		}
		for _, op := range l.program.OpsIn(s.owner) {
			if op.Node != n {
				continue
			}
			if touched(op.On) || slices.ContainsFunc(l.derives(op.On), func(d *code.Op) bool { return touched(d.Other) }) {
				return true
			}
		}
		if call, ok := n.(*ast.CallExpr); ok && l.awaits(s, call, touched) {
			return true
		}
	}
	return l.asks(s.owner, exit, l.written(s.entry))
}

// awaits: a call waits for what the goroutine does.
func (l *linter) awaits(s *sender, call *ast.CallExpr, touched func(*code.Value) bool) bool {
	for _, c := range l.program.CallsIn(s.owner) {
		if c.Expr != call || c.Kind != code.Plain {
			continue
		}
		for _, callee := range c.Callees {
			for _, f := range l.reach(callee) {
				for _, op := range l.program.OpsIn(f, code.Receive, code.Range, code.Wait) {
					if touched(op.On) {
						return true
					}
				}
			}
		}
	}
	return false
}

// touched says of a value whether a goroutine that begins in entry sends to it, closes, counts down or calls it.
func (l *linter) touched(entry *code.Func) func(*code.Value) bool {
	var on []*code.Value
	for _, f := range l.reach(entry) {
		for _, op := range l.program.OpsIn(f, code.Send, code.Close, code.Done, code.Invoke, code.Signal, code.Broadcast) {
			on = append(on, op.On)
		}
	}
	return func(v *code.Value) bool {
		return slices.ContainsFunc(on, func(o *code.Value) bool { return o.Same(v) })
	}
}

// written are the variables around a literal that it, or what it calls, assigns to.
func (l *linter) written(entry *code.Func) map[types.Object]bool {
	out := map[types.Object]bool{}
	for _, f := range l.reach(entry) {
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch s := n.(type) {
			case *ast.AssignStmt:
				for _, x := range s.Lhs {
					if obj := l.object(x); obj != nil {
						out[obj] = true
					}
				}
			case *ast.CallExpr: // x.Store(true)
				if sel, ok := ast.Unparen(s.Fun).(*ast.SelectorExpr); ok {
					if obj := l.object(sel.X); obj != nil {
						out[obj] = true
					}
				}
			}
			return true
		})
	}
	return out
}

// object is the variable or field that an expression names.
func (l *linter) object(x ast.Expr) types.Object {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		if v, ok := l.pkg.Info.ObjectOf(x).(*types.Var); ok {
			return v.Origin()
		}
	case *ast.SelectorExpr:
		return l.object(x.Sel)
	case *ast.StarExpr:
		return l.object(x.X)
	case *ast.IndexExpr:
		return l.object(x.X)
	}
	return nil
}

// asks says whether a condition around a node depends on one of the variables.
func (l *linter) asks(f *code.Func, n ast.Node, vars map[types.Object]bool) bool {
	asked := false
	ask := func(conds ...ast.Node) {
		for _, cond := range conds {
			if cond == nil {
				continue
			}
			ast.Inspect(cond, func(x ast.Node) bool {
				if id, ok := x.(*ast.Ident); ok {
					if v, ok := l.pkg.Info.ObjectOf(id).(*types.Var); ok && vars[v.Origin()] {
						asked = true
					}
				}
				return !asked
			})
		}
	}
	ast.Inspect(f.Body, func(x ast.Node) bool {
		if x == nil || !within(x, n) {
			return false
		}
		switch s := x.(type) {
		case *ast.IfStmt:
			ask(s.Cond)
		case *ast.ForStmt:
			if s.Cond != nil {
				ask(s.Cond)
			}
		case *ast.SwitchStmt:
			if s.Tag != nil {
				ask(s.Tag)
			}
		case *ast.CaseClause:
			for _, e := range s.List {
				ask(e)
			}
		}
		return true
	})
	return asked
}

// leaving says how a way out of a function is written.
func leaving(n ast.Node) (token.Pos, string) {
	switch n := n.(type) {
	case *ast.ReturnStmt:
		return n.Pos(), "returns"
	case *ast.BlockStmt:
		return n.Rbrace, "ends"
	}
	return n.Pos(), "leaves"
}
