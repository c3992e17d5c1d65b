package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/logcap/logcap/analyze/explain/repair"
)

// atLoopEnd gives back at the end of each round of the loop that makes one: in
// place of a defer, which waits for the function's end, or where a next try
// forgets the one before.
func (c *Case) atLoopEnd(l *level, closing string, fix *repair.Fix) bool {
	list, i := c.siblings(l)
	if i < 0 || l.apart || l.held == nil || l.held.Pos() < list[0].Pos() {
		return false
	}
	checked := c.errorCheck(l, list, i)
	rest := list[i+1:]
	if checked >= 0 {
		rest = list[checked+1:]
	} else if returnsError(l) {
		if !nilable(l.held) {
			return false
		}
		closing = fmt.Sprintf("if %s != nil {\n%s\n}", l.held.Name(), closing)
	}
	var edits []repair.Edit
	switch {
	case l.late != nil:
		d := l.late.(*ast.DeferStmt)
		if len(l.closes) != 1 || len(l.leaves) > 0 || !slices.Contains(list, ast.Stmt(d)) || types.ExprString(d.Call) != closing || slices.ContainsFunc(rest, jumps) {
			return false
		}
		edits = append(edits, c.without(d))
	case !l.again || slices.ContainsFunc(rest, branches):
		return false
	}
	last := list[len(list)-1]
	if terminates(last) || slices.ContainsFunc(l.exits, func(e ast.Node) bool { return holds(c.Program.Parent(last), e) }) {
		return false
	}
	fix.Title = "Give it back at the end of each round"
	if l.late != nil && l.late == ast.Node(last) {
		fix.Edits = []repair.Edit{{Pos: last.Pos(), End: last.End(), New: closing}}
		return true
	}
	fix.Edits = append(edits, repair.Edit{Pos: last.End(), End: last.End(), New: "\n" + closing})
	return true
}

// nilable says whether a variable can be compared with nil.
func nilable(v *types.Var) bool {
	switch v.Type().Underlying().(type) {
	case *types.Pointer, *types.Interface:
		return true
	}
	return false
}

// terminates says whether nothing is executed behind a statement.
func terminates(s ast.Stmt) bool {
	switch s.(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	}
	return false
}

// branches says whether a statement may go on elsewhere without a return.
func branches(s ast.Stmt) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BranchStmt:
			found = true
		}
		return !found
	})
	return found
}

// errorCheck is the place of `if err != nil { …; return }` among the statements
// behind the one at i that makes the handle; -1 when there is none soon.
func (c *Case) errorCheck(l *level, list []ast.Stmt, i int) int {
	if l.err == nil {
		return -1
	}
	for k := i + 1; k < len(list) && k <= i+3; k++ {
		if leavesOnError(l, list[k]) {
			return k
		}
		if jumps(list[k]) || mentions(l, list[k], l.err) {
			break
		}
	}
	return -1
}

// jumps says whether a statement may leave what is around it.
func jumps(s ast.Stmt) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BranchStmt, *ast.ReturnStmt:
			found = true
		}
		return !found
	})
	return found
}

func mentions(l *level, x ast.Node, v *types.Var) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && l.in.Pkg.Info.ObjectOf(id) == types.Object(v) {
			found = true
		}
		return !found
	})
	return found
}
