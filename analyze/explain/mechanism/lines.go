package mechanism

import (
	"go/ast"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// remove takes a statement out, with its line when nothing else stands there.
func (c *Case) remove(f *code.Func, s ast.Stmt) repair.Edit {
	if !c.ownLines(f, s) {
		return repair.Edit{Pos: s.Pos(), End: s.End()}
	}
	file := c.Program.Fset.File(s.Pos())
	return repair.Edit{Pos: file.LineStart(file.Line(s.Pos())), End: file.LineStart(file.Line(s.End()) + 1)}
}

// behind inserts a statement behind another, on the next line.
func (c *Case) behind(f *code.Func, s ast.Stmt, text string) repair.Edit {
	if !c.ownLines(f, s) {
		return repair.Edit{Pos: s.End(), End: s.End(), New: "\n" + text}
	}
	file := c.Program.Fset.File(s.Pos())
	at := file.LineStart(file.Line(s.End()) + 1)
	return repair.Edit{Pos: at, End: at, New: text + "\n"}
}

// ownLines says whether a statement's lines hold nothing else: neither its neighbours nor the braces around it.
func (c *Case) ownLines(f *code.Func, s ast.Stmt) bool {
	file := c.Program.Fset.File(s.Pos())
	from, to := file.Line(s.Pos()), file.Line(s.End())
	if to >= file.LineCount() {
		return false
	}
	own := true
	ast.Inspect(f.Node(), func(n ast.Node) bool {
		if n == nil || !own {
			return false
		}
		if n == ast.Node(s) {
			return false
		}
		first, last := file.Line(n.Pos()), file.Line(n.End())
		if last < from || first > to {
			return false
		}
		if holds(n, s) {
			switch n := n.(type) {
			case *ast.BlockStmt:
				own = own && file.Line(n.Lbrace) < from && file.Line(n.Rbrace) > to
			case *ast.CaseClause:
				own = own && file.Line(n.Colon) < from
			case *ast.CommClause:
				own = own && file.Line(n.Colon) < from
			}
			return true
		}
		if _, ok := n.(ast.Stmt); ok {
			own = own && (last < from || first > to)
		}
		return true
	})
	return own
}
