package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// madeByStarter has the function that starts the senders make the channel, with
// room for all of them, and give it back: it knows their number, and was only handed the channel.
func (c *Case) madeByStarter(s *senders, o *code.Origin, why string) *repair.Fix {
	g := c.Launch.In
	loop, ok := s.at.(ast.Stmt)
	if !ok || g == nil || g.Decl == nil || g == o.In || g.Type.Results.NumFields() > 0 || !slices.Contains(g.Body.List, loop) || returnsIn(g.Body) {
		return nil
	}
	n := c.rounds(loop, &code.Origin{Node: loop, In: g})
	callers := c.Program.CallersOf(g)
	if n == "" || len(callers) != 1 || callers[0].In != o.In || callers[0].Kind != code.Plain {
		return nil
	}
	call := callers[0].Expr
	start, ok := statement(o.In, call).(*ast.ExprStmt)
	made, is := statement(o.In, o.Node).(*ast.AssignStmt)
	if !ok || !is || ast.Unparen(start.X) != call || made.Tok != token.DEFINE || len(made.Lhs) != 1 || ast.Unparen(made.Rhs[0]) != o.Node || !c.sameBlock(o, start) || len(o.Node.(*ast.CallExpr).Args) != 1 {
		return nil
	}
	ch, ok := made.Lhs[0].(*ast.Ident)
	if !ok {
		return nil
	}
	k := slices.IndexFunc(call.Args, func(x ast.Expr) bool {
		id, ok := ast.Unparen(x).(*ast.Ident)
		return ok && o.In.Pkg.Info.ObjectOf(id) == o.In.Pkg.Info.Defs[ch]
	})
	fields := g.Type.Params.List
	i := slices.IndexFunc(fields, func(f *ast.Field) bool {
		return k >= 0 && len(f.Names) == 1 && g.Pkg.Info.Defs[f.Names[0]] == types.Object(g.Params()[k])
	})
	if i < 0 || g.Variadic() || c.mentioned(o.In, o.In.Pkg.Info.Defs[ch], made.End(), start.Pos()) || c.mentioned(g, g.Params()[k], g.Body.Lbrace, loop.Pos()) {
		return nil
	}
	of, ok := fields[i].Type.(*ast.ChanType)
	if !ok {
		return nil
	}
	elem, param := c.source(of.Value), fields[i].Names[0].Name
	return &repair.Fix{
		Title: fmt.Sprintf("Have %s, which knows the number of senders, make the channel with room for them", g.Name), Why: why,
		Edits: []repair.Edit{
			c.remove(o.In, made),
			{Pos: start.Pos(), End: start.Pos(), New: ch.Name + " := "},
			without(call.Args, k),
			without(fields, i),
			{Pos: g.Type.Params.Closing + 1, End: g.Type.Params.Closing + 1, New: " <-chan " + elem},
			{Pos: loop.Pos(), End: loop.Pos(), New: fmt.Sprintf("%s := make(chan %s, %s)\n", param, elem, n)},
			{Pos: g.Body.Rbrace, End: g.Body.Rbrace, New: "return " + param + "\n"},
		},
	}
}

// without takes one of a list out, with its comma.
func without[N ast.Node](list []N, i int) repair.Edit {
	switch {
	case i > 0:
		return repair.Edit{Pos: list[i-1].End(), End: list[i].End()}
	case len(list) > 1:
		return repair.Edit{Pos: list[0].Pos(), End: list[1].Pos()}
	}
	return repair.Edit{Pos: list[0].Pos(), End: list[0].End()}
}

// returnsIn says whether a function's body, without the literals in it, has a return statement.
func returnsIn(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			found = true
		}
		return !found
	})
	return found
}

// mentioned says whether a variable is named in a part of a function.
func (c *Case) mentioned(f *code.Func, v types.Object, from, to token.Pos) bool {
	found := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && from <= id.Pos() && id.Pos() < to && f.Pkg.Info.ObjectOf(id) == v
		return !found
	})
	return found
}
