package mechanism

import (
	"go/ast"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// followUp looks at those who hand the value up to who ends it: on a way on
// which they return something else, nobody can.
func (c *Case) followUp(t *code.Track, in *instance) {
	if !in.ended {
		return
	}
	for i, l := range in.chain {
		if i == 0 || in.chain[i-1].Stored || l.Call == nil || l.In == nil {
			continue
		}
		if exits := c.unreturned(t, in, l); len(exits) > 0 {
			in.ended, in.at, in.exits, in.dropped = false, l, exits, in.chain[i-1]
			return
		}
	}
}

// unreturned are the ways from a call on which its function neither returns the
// value that it got, nor ends it; none when it may have left it somewhere else.
func (c *Case) unreturned(t *code.Track, in *instance, l *code.Level) []exit {
	w := &ways{c: c, ends: in.ends, seen: map[*code.Func]bool{}}
	ends := w.steps(l.In)
	hands := map[ast.Node]bool{}
	for _, u := range t.Uses {
		if u.Level != l {
			continue
		}
		switch u.Kind {
		case code.Stored, code.Captured:
			return nil
		case code.Passed:
			if u.Unread {
				return nil
			}
		case code.Returned:
			if u.In != l.In || len(u.Via) > 0 {
				continue
			}
			if _, ok := u.Node.(*ast.ReturnStmt); !ok {
				return nil
			}
			hands[u.Node] = true
		}
	}
	from := c.Program.StepOf(l.In, l.Call)
	if len(hands) == 0 || from == nil || hands[statement(l.In, l.Call)] {
		return nil
	}
	_, outs := c.Program.Graph(l.In).Search(from, func(n ast.Node) bool { return hands[n] || ends[n] != nil || n == from }, nil)
	guards := w.guards(l.In, from)
	var exits []exit
	for _, n := range outs {
		if !slices.ContainsFunc(guards, func(i *ast.IfStmt) bool { return holds(i.Body, n) }) {
			exits = append(exits, exit{in: l.In, node: n})
		}
	}
	return exits
}

// endDropped does, on the ways on which a function keeps the value from its
// caller, what the caller does with it in the end: one call of a method without arguments.
func (c *Case) endDropped(in *instance, title string) *repair.Fix {
	if in.dropped == nil || len(in.exits) > mostMissed {
		return nil
	}
	f := in.at.In
	assign, ok := statement(f, in.at.Call).(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 || ast.Unparen(assign.Rhs[0]) != in.at.Call {
		return nil
	}
	held, ok := assign.Lhs[0].(*ast.Ident)
	if !ok || held.Name == "_" {
		return nil
	}
	for _, u := range in.ends {
		node, by := u.Step()
		call, ok := node.(*ast.CallExpr)
		if !ok || by != in.dropped.In || len(call.Args) > 0 {
			continue
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok || !has(typeOf(f.Pkg.Info, held), sel.Sel.Name) || code.TypeName(typeOf(by.Pkg.Info, sel.X)) != code.TypeName(typeOf(f.Pkg.Info, held)) {
			continue
		}
		fix := &repair.Fix{Title: title, Why: "Who gets it ends it; on these ways nobody gets it."}
		for _, e := range in.exits {
			ret, ok := e.node.(*ast.ReturnStmt)
			if !ok || !means(f, held, ret.Pos()) || !inBlock(c.Program.Parent(ret), ret) {
				return nil
			}
			fix.Edits = append(fix.Edits, repair.Edit{Pos: ret.Pos(), End: ret.Pos(), New: held.Name + "." + sel.Sel.Name + "()\n"})
		}
		return fix
	}
	return nil
}
