package mechanism

import (
	"fmt"
	"go/ast"
	"go/printer"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// cancelFix defers the call of a cancel function that stays in its function, or calls it where it is missed.
func (c *Case) cancelFix(in *instance, d *code.Op, t *code.Track) *repair.Fix {
	call := d.Node.(*ast.CallExpr)
	f := d.In
	if f == nil {
		return nil
	}
	kept := !slices.ContainsFunc(t.Uses, func(u code.Use) bool { return u.Kind == code.Returned || u.Kind == code.Stored })
	ctx := c.Program.Track(call, 0)
	kept = kept && !slices.ContainsFunc(ctx.Uses, func(u code.Use) bool { return u.Kind == code.Returned })
	kept = kept && c.goesOn(f, call)
	if assign, ok := statement(f, call).(*ast.AssignStmt); ok && kept && len(assign.Lhs) == 2 && len(assign.Rhs) == 1 {
		if id, ok := assign.Lhs[1].(*ast.Ident); ok {
			if fix := deferCancel(f, assign, id); fix != nil {
				return fix
			}
		}
	}
	title := "Cancel the context on the way that misses it"
	if fix := c.endAtExits(in, title); fix != nil {
		return fix
	}
	for _, u := range c.dropped(in) {
		var ending []*code.Func
		for _, end := range in.ends {
			ending = append(append(ending, inOrderOf(end)...), end.In)
		}
		if fix := endBySister(u.In, ending, title); fix != nil {
			return fix
		}
	}
	fix := &repair.Fix{Title: "Call the cancel function on every way", Why: "What waits for the context's end goes on then."}
	for _, e := range in.exits {
		fix.Steps = append(fix.Steps, fmt.Sprintf("call it before %s is left at %s", e.in.Name, c.where(c.exitPos(e))))
	}
	if len(fix.Steps) == 0 {
		fix.Steps = []string{fmt.Sprintf("keep the cancel function of %s and call it where what it belongs to ends", c.where(call.Pos()))}
	}
	return fix
}

// goesOn says whether a function does something after it has started the
// goroutines: what ends with it does not end at once. Where it does not start them, from a call on.
func (c *Case) goesOn(f *code.Func, call ast.Node) bool {
	g := c.Program.Graph(f)
	from := c.launchStep(f)
	if from == nil {
		from = c.Program.StepOf(f, call)
	}
	found, _ := g.Search(from, nil, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.UnaryExpr, *ast.SendStmt:
			return true
		case *ast.CallExpr:
			return c.Program.CallOf(n) != nil && n != from
		}
		return false
	})
	return len(found) > 0
}

// where is a position as people write it.
func (c *Case) where(pos token.Pos) string {
	at := c.Program.Position(pos)
	return fmt.Sprintf("%s:%d", at.Filename[strings.LastIndexByte(at.Filename, '/')+1:], at.Line)
}

func deferCancel(f *code.Func, assign *ast.AssignStmt, id *ast.Ident) *repair.Fix {
	fix := &repair.Fix{
		Title: "Defer the cancel function's call",
		Why:   "The context ends with the function that made it, on every way out.",
	}
	name := id.Name
	if name == "_" {
		if assign.Tok != token.DEFINE {
			return nil
		}
		name = "cancel"
		if scope := f.Pkg.Scope(assign); scope != nil {
			if _, taken := scope.LookupParent(name, token.NoPos); taken != nil {
				return nil
			}
		}
		fix.Edits = append(fix.Edits, repair.Edit{Pos: id.Pos(), End: id.End(), New: name})
	}
	fix.Edits = append(fix.Edits, repair.Edit{Pos: assign.End(), End: assign.End(), New: "\ndefer " + name + "()"})
	return fix
}

// mostMissed bounds how many ways out are changed.
const mostMissed = 2

// endAtExits does on the ways that miss it what is done on the others.
func (c *Case) endAtExits(in *instance, title string) *repair.Fix {
	if len(in.exits) == 0 || len(in.exits) > mostMissed {
		return nil
	}
	if in.dropped != nil {
		return c.endDropped(in, title)
	}
	f := in.exits[0].in
	if in.exits[0].call != nil {
		return c.endLikeOther(in, title)
	}
	s := c.endStatement(in, f)
	if s == nil {
		return nil
	}
	fix := &repair.Fix{Title: title, Why: fmt.Sprintf("The other ways out of %s do so.", f.Name)}
	for _, e := range in.exits {
		var pos token.Pos
		switch n := e.node.(type) {
		case *ast.ReturnStmt, *ast.BranchStmt:
			pos = n.Pos()
		case *ast.BlockStmt:
			pos = n.Rbrace
		}
		if !pos.IsValid() || e.in != f || !means(f, s, pos) || !inBlock(c.Program.Parent(e.node), e.node) {
			return nil
		}
		fix.Edits = append(fix.Edits, repair.Edit{Pos: pos, End: pos, New: c.source(s) + "\n"})
	}
	return fix
}

// inBlock: a statement can stand before a way out.
func inBlock(parent, n ast.Node) bool {
	switch n.(type) {
	case *ast.BlockStmt:
		return true
	}
	switch parent.(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
		return true
	}
	return false
}

// endStatement is the plain statement of f that ends the value; of several the one that says least.
func (c *Case) endStatement(in *instance, f *code.Func) ast.Stmt {
	var best ast.Stmt
	for _, u := range in.ends {
		if s := c.statementIn(u, f); s != nil && (best == nil || keys(s) < keys(best)) {
			best = s
		}
	}
	return best
}

// statementIn is the statement of f that a use is, or by which it is reached.
func (c *Case) statementIn(u code.Use, f *code.Func) ast.Stmt {
	nodes := []ast.Node{u.Node}
	for _, call := range u.Via {
		nodes = append(nodes, call.Expr)
	}
	for _, n := range nodes {
		if c.Program.Around(n.Pos()) != f {
			continue
		}
		switch s := statement(f, n).(type) {
		case *ast.ExprStmt:
			if ast.Unparen(s.X) == n {
				return s
			}
		case *ast.SendStmt:
			return s
		}
	}
	return nil
}

func emptyStruct(t types.Type) bool {
	s, ok := t.Underlying().(*types.Struct)
	return ok && s.NumFields() == 0
}

// means says whether the names in a statement mean the same at another place of the function, and nothing new is needed there.
func means(f *code.Func, s ast.Node, at token.Pos) bool {
	if f.Pkg.Types == nil {
		return false
	}
	scope := f.Pkg.Types.Scope().Innermost(at)
	if scope == nil {
		return false
	}
	ok := true
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			ok = false
		case *ast.SelectorExpr:
			ast.Inspect(n.X, func(x ast.Node) bool {
				if id, is := x.(*ast.Ident); is {
					ok = ok && sameObject(f, scope, id, at)
				}
				return true
			})
			return false
		case *ast.Ident:
			ok = ok && sameObject(f, scope, n, at)
		}
		return ok
	})
	return ok
}

func sameObject(f *code.Func, scope *types.Scope, id *ast.Ident, at token.Pos) bool {
	want := f.Pkg.Info.ObjectOf(id)
	if want == nil {
		return false
	}
	if v, ok := want.(*types.Var); ok && v.IsField() {
		return true
	}
	_, got := scope.LookupParent(id.Name, at)
	return got == want
}

// source is a statement as it is written.
func (c *Case) source(n ast.Node) string {
	var b strings.Builder
	if err := printer.Fprint(&b, c.Program.Fset, n); err != nil {
		return ""
	}
	return b.String()
}

// endLikeOther calls, in a function that drops the value, its sister that ends
// it: a method of the same type with the same parameters.
func (c *Case) endLikeOther(in *instance, title string) *repair.Fix {
	e := in.exits[0]
	call := c.Program.CallOf(e.call)
	if call == nil {
		return nil
	}
	return endBySister(e.in, call.Callees, title)
}

// endBySister is the change of a method that drops a value: it calls one of others first, which is like it and ends what it drops.
func endBySister(drops *code.Func, others []*code.Func, title string) *repair.Fix {
	if drops.Decl == nil || drops.Receiver() == nil || drops.Type.Results.NumFields() > 0 {
		return nil
	}
	var args []string
	for _, p := range drops.Params() {
		if p == nil || p.Name() == "_" {
			return nil
		}
		args = append(args, p.Name())
	}
	for _, f := range others {
		if f == nil || f == drops || f.Receiver() == nil || !stops(f) || f.Type.Results.NumFields() > 0 ||
			!types.Identical(f.Receiver().Type(), drops.Receiver().Type()) || !types.Identical(f.Obj.Type(), drops.Obj.Type()) {
			continue
		}
		at := drops.Body.Lbrace + 1
		return &repair.Fix{
			Title: title,
			Why:   fmt.Sprintf("%s forgets what %s ends first.", drops.Name, f.Name),
			Edits: []repair.Edit{{Pos: at, End: at, New: fmt.Sprintf("\n%s.%s(%s)\n", drops.Receiver().Name(), f.Decl.Name.Name, strings.Join(args, ", "))}},
		}
	}
	return nil
}
