package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// missingUnlock: some function leaves without giving the lock back.
func missingUnlock(c *Case) (*Decision, string) {
	if !c.locks() {
		return nil, ""
	}
	if d := c.decideBy(analyze.MissingUnlock); d != nil {
		return d, ""
	}
	return nil, "every function that takes this lock gives it back on all its ways, or waits before"
}

// neverUnlocked: the function that took the lock leaves, or comes round a loop, without giving it back.
func (c *Case) neverUnlocked(t code.Taken) []culprit {
	p := c.Program
	if p.LeavesTaken(t) || handsOver(t) {
		return nil
	}
	var exits []Place
	var nodes []ast.Node
	for _, e := range p.Unreleased(t) {
		if c.underSameCondition(t, e) {
			continue
		}
		pos, how := leaving(e)
		nodes = append(nodes, e)
		exits = append(exits, Place{pos, fmt.Sprintf("%s %s here and still holds %s", t.In.Name, how, name(t.Op))})
	}
	if skips := c.skips(t, len(exits) > 0); len(skips) > 0 {
		loop := c.loopAround(t.In, t.Step, nil)
		nodes, exits = within(loop, nodes, exits)
		for _, s := range skips {
			nodes = append(nodes, s)
			exits = append(exits, Place{s.Pos(), fmt.Sprintf("%s goes on here (%s) and still holds %s", t.In.Name, s.Tok, name(t.Op))})
		}
	}
	if len(exits) == 0 {
		return nil
	}
	gives := p.GivesBack(t.In, t)
	k := culprit{mechanism: analyze.MissingUnlock, in: t.In, certain: gives || !c.givenElsewhere(t)}
	k.cause = exits[0]
	if !gives {
		k.cause = Place{t.Step.Pos(), fmt.Sprintf("%s takes %s here and never gives it back", t.In.Name, name(t.Op))}
		k.others = exits
	} else {
		k.others = append(k.others, exits[1:]...)
		k.others = append(k.others, Place{t.Step.Pos(), "where the lock is taken"})
	}
	k.evidence = []Place{{t.Step.Pos(), fmt.Sprintf("%s takes %s", t.In.Name, name(t.Op))}}
	k.evidence = append(k.evidence, exits...)
	for _, op := range p.OpsIn(t.In, code.Unlock, code.RUnlock) {
		if op.On.Same(t.Op.On) {
			k.evidence = append(k.evidence, Place{op.Pos(), "on other ways it is given back here"})
			break
		}
	}
	k.fix = func() *repair.Fix { return c.unlock(t, nodes) }
	return []culprit{k}
}

// handsOver: the function gives its Unlock away as a value, as in return mu.Unlock.
func handsOver(t code.Taken) bool {
	calls := map[ast.Expr]bool{}
	found := false
	ast.Inspect(t.In.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			calls[ast.Unparen(n.Fun)] = true
		case *ast.SelectorExpr:
			if !calls[n] && (n.Sel.Name == "Unlock" || n.Sel.Name == "RUnlock") {
				if fn, ok := t.In.Pkg.Info.Uses[n.Sel].(*types.Func); ok && fn.Pkg() != nil && fn.Pkg().Path() == "sync" {
					found = true
				}
			}
		}
		return !found
	})
	return found
}

// givenElsewhere: a function that does not take the lock gives it back.
func (c *Case) givenElsewhere(t code.Taken) bool {
	for _, op := range c.Program.Ops(t.Op.On, code.Unlock, code.RUnlock) {
		if op.In == nil || op.In.Declared() == t.In.Declared() {
			continue
		}
		for _, given := range c.Program.Gives(op.In) {
			if given == op {
				return true
			}
		}
	}
	return false
}

// underSameCondition: lock and unlock stand under ifs that ask the same, and the exit under neither.
func (c *Case) underSameCondition(t code.Taken, exit ast.Node) bool {
	asked := conditionsAround(t.In.Body, t.Step)
	for _, x := range conditionsAround(t.In.Body, exit) {
		for i, y := range asked {
			if x == y {
				asked = append(asked[:i:i], asked[i+1:]...)
				break
			}
		}
	}
	if len(asked) == 0 {
		return false
	}
	for _, op := range c.Program.OpsIn(t.In, code.Unlock, code.RUnlock) {
		if !op.On.Same(t.Op.On) {
			continue
		}
		for _, x := range conditionsAround(t.In.Body, op.Node) {
			for _, y := range asked {
				if x == y && op.Node.Pos() > t.Step.End() && (op.Node.Pos() < exit.Pos() || exit == ast.Node(t.In.Body)) {
					return true
				}
			}
		}
	}
	return false
}

// conditionsAround are the conditions of the ifs in whose first branch a node stands, as written.
func conditionsAround(body *ast.BlockStmt, n ast.Node) []string {
	var out []string
	ast.Inspect(body, func(x ast.Node) bool {
		if x == nil || !holds(x, n) {
			return false
		}
		if s, ok := x.(*ast.IfStmt); ok && holds(s.Body, n) {
			out = append(out, types.ExprString(s.Cond))
		}
		return true
	})
	return out
}

// within keeps the ways out that stand in a loop.
func within(loop ast.Node, nodes []ast.Node, exits []Place) (inNodes []ast.Node, inExits []Place) {
	for i, n := range nodes {
		if loop != nil && holds(loop, n) {
			inNodes, inExits = append(inNodes, n), append(inExits, exits[i])
		}
	}
	return inNodes, inExits
}

// skips are the continue statements, and where the function can be left the break
// statements, that a way comes by which still holds the lock: those of the loop that the lock is taken in.
func (c *Case) skips(t code.Taken, leaves bool) []*ast.BranchStmt {
	loop := c.loopAround(t.In, t.Step, nil)
	if loop == nil {
		return nil
	}
	g := c.Program.Graph(t.In)
	again := c.Program.Again(t)
	gives := func(n ast.Node) bool { return c.Program.Releases(n, t, true) }
	steps, _ := g.Search(t.Step, gives, func(n ast.Node) bool { return !gives(n) })
	reached := map[ast.Node]bool{t.Step: true}
	for _, n := range steps {
		reached[n] = true
	}
	var out []*ast.BranchStmt
	ast.Inspect(loop, func(n ast.Node) bool {
		b, ok := n.(*ast.BranchStmt)
		if !ok || b.Pos() < t.Step.Pos() {
			_, lit := n.(*ast.FuncLit)
			return !lit
		}
		if b.Tok == token.CONTINUE && again || b.Tok == token.BREAK && leaves && b.Label == nil && breaks(loop, b) {
			if last := lastStepBefore(g, t.In.Body, b); last != nil && reached[last] {
				out = append(out, b)
			}
		}
		return true
	})
	return out
}

// breaks says whether a break leaves a loop, and not a switch, select or loop in it.
func breaks(loop ast.Node, b *ast.BranchStmt) bool {
	var last ast.Node
	ast.Inspect(loop, func(n ast.Node) bool {
		if n == nil || !holds(n, b) {
			return false
		}
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
			last = n
		}
		return true
	})
	return last == loop
}

// lastStepBefore is the step that is executed last before a statement is come to, as it is written.
func lastStepBefore(g *code.Graph, body *ast.BlockStmt, s ast.Node) ast.Node {
	var list [][]ast.Stmt // the statements before s in every list around it, the outermost first
	ast.Inspect(body, func(x ast.Node) bool {
		if x == nil || !holds(x, s) {
			return false
		}
		var stmts []ast.Stmt
		switch x := x.(type) {
		case *ast.BlockStmt:
			stmts = x.List
		case *ast.CaseClause:
			stmts = x.Body
		case *ast.CommClause:
			stmts = x.Body
		case *ast.IfStmt:
			if x.Init != nil {
				stmts = append(stmts, x.Init)
			}
			stmts = append(stmts, &ast.ExprStmt{X: x.Cond})
		}
		var before []ast.Stmt
		for _, st := range stmts {
			if st.End() <= s.Pos() {
				before = append(before, st)
			}
		}
		list = append(list, before)
		return true
	})
	for i := len(list) - 1; i >= 0; i-- {
		for j := len(list[i]) - 1; j >= 0; j-- {
			var last ast.Node
			ast.Inspect(list[i][j], func(x ast.Node) bool {
				if _, lit := x.(*ast.FuncLit); lit || leavesBlock(x) {
					return false
				}
				if x != nil && g.Holds(x) && (last == nil || x.End() > last.End()) {
					last = x
				}
				return true
			})
			if last != nil {
				return last
			}
		}
	}
	return nil
}

// leavesBlock: a block whose end leads elsewhere than behind it.
func leavesBlock(n ast.Node) bool {
	b, ok := n.(*ast.BlockStmt)
	if !ok || len(b.List) == 0 {
		return false
	}
	switch b.List[len(b.List)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}
