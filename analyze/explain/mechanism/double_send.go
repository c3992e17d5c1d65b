package mechanism

import (
	"fmt"
	"go/ast"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// doubleSend: on one path the goroutine sends twice where one value is taken.
func doubleSend(c *Case) (*Decision, string) {
	if !c.sends() || c.Op.In == nil {
		return nil, ""
	}
	ch, f := c.Op.On, c.Op.In
	g := c.Program.Graph(f)
	if g.InLoop(c.Op.Node) {
		return nil, "the send is in a loop: more than one value is meant to pass"
	}
	for _, first := range c.Program.OpsIn(f, code.Send) {
		if first.Node == c.Op.Node || !first.On.Same(ch) || !g.Before(first.Node, c.Op.Node) {
			continue
		}
		if r := c.repeats(ch); r != nil {
			return nil, fmt.Sprintf("%s receives in a loop", r.In.Name)
		}
		d := &Decision{
			Sure:  true,
			Cause: Place{first.Pos(), fmt.Sprintf("%s sends here and goes on to send again", f.Name)},
			Evidence: []Place{
				{first.Pos(), fmt.Sprintf("the first send to %s", name(c.Op))},
				{c.Op.Pos(), "the second send, reached on the same path, and where the goroutines wait"},
			},
		}
		for _, r := range c.Program.Ops(ch, code.Receive) {
			d.Evidence = append(d.Evidence, Place{r.Pos(), "one value is received here, and this is in no loop"})
		}
		d.Fix = c.returnAfter(f, first)
		return d, ""
	}
	return nil, "there is one send to the channel on each path"
}

// repeats is a receive that takes more than one value; nil when each takes one.
func (c *Case) repeats(ch *code.Value) *code.Op {
	for _, r := range c.Program.Ops(ch, code.Receive, code.Range) {
		if r.In == nil {
			continue
		}
		o := c.onlyMake(ch)
		if r.Kind == code.Range || o != nil && c.loopsOver(r.In, r, o) {
			return r
		}
	}
	return nil
}

// returnAfter adds the return that is missing after a send: the send ends a
// block of its own, and what the function gives back at its end can be given back here.
func (c *Case) returnAfter(f *code.Func, send *code.Op) *repair.Fix {
	if !lastInBlock(f.Body, send.Node) {
		return nil
	}
	results, ok := c.resultsAt(f, send.Node)
	if !ok {
		return nil
	}
	return &repair.Fix{
		Title: "Return after the first send",
		Why:   "One value is taken, so one may be sent on each path.",
		Edits: []repair.Edit{c.behind(f, send.Node.(ast.Stmt), "return"+results)},
	}
}

// resultsAt is what the function's last return gives back, if it means the same at a node: constants, nil and names declared before.
func (c *Case) resultsAt(f *code.Func, n ast.Node) (string, bool) {
	if f.Type.Results.NumFields() == 0 {
		return "", true
	}
	last, ok := f.Body.List[len(f.Body.List)-1].(*ast.ReturnStmt)
	if !ok {
		return "", false
	}
	text := ""
	for i, x := range last.Results {
		id, ok := ast.Unparen(x).(*ast.Ident)
		lit, isLit := x.(*ast.BasicLit)
		switch {
		case isLit:
			text += lit.Value
		case ok && (!f.Pkg.Info.ObjectOf(id).Pos().IsValid() || f.Pkg.Info.ObjectOf(id).Parent() != nil && f.Pkg.Info.ObjectOf(id).Parent().Contains(n.Pos()) && f.Pkg.Info.ObjectOf(id).Pos() < n.Pos()):
			text += id.Name
		default:
			return "", false
		}
		if i < len(last.Results)-1 {
			text += ", "
		}
	}
	return strings.TrimRight(" "+text, " "), true
}

// lastInBlock says whether a statement is the last of a block inside body.
func lastInBlock(body *ast.BlockStmt, n ast.Node) bool {
	found := false
	ast.Inspect(body, func(x ast.Node) bool {
		var list []ast.Stmt
		switch x := x.(type) {
		case *ast.BlockStmt:
			list = x.List
			if x == body {
				list = nil
			}
		case *ast.CaseClause:
			list = x.Body
		}
		if len(list) > 0 && list[len(list)-1] == n {
			found = true
		}
		return !found
	})
	return found
}
