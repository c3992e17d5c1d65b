package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/logcap/logcap/analyze/explain/repair"
)

// atLoopEnd gives back at the end of each round of the loop that makes one,
// when nothing leaves a round before; in place of a defer, which waits for the function's end.
func (c *Case) atLoopEnd(l *level, closing string, fix *repair.Fix) bool {
	list, i := c.siblings(l)
	if i < 0 || len(l.leaves) > 0 || l.apart {
		return false
	}
	if l.err != nil {
		if i++; i >= len(list) || !leavesOnError(l, list[i]) {
			return false
		}
	} else if returnsError(l) {
		return false
	}
	var edits []repair.Edit
	switch {
	case l.late != nil:
		d := l.late.(*ast.DeferStmt)
		if len(l.closes) != 1 || !slices.Contains(list, ast.Stmt(d)) || types.ExprString(d.Call) != closing {
			return false
		}
		edits = append(edits, c.without(d))
	case len(l.exits) > 0 || !l.again || len(l.closes) > 0:
		return false
	}
	for _, s := range list[i+1:] {
		if jumps(s) {
			return false
		}
	}
	at := list[len(list)-1].End()
	fix.Title = fmt.Sprintf("Call %s at the end of each round", closing)
	if l.late != nil && l.late == ast.Node(list[len(list)-1]) {
		fix.Edits = []repair.Edit{{Pos: l.late.Pos(), End: l.late.End(), New: closing}}
		return true
	}
	fix.Edits = append(edits, repair.Edit{Pos: at, End: at, New: "\n" + closing})
	return true
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
