package mechanism

import (
	"go/ast"
	"go/token"

	"github.com/logcap/logcap/analyze/explain/code"
)

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
