package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// unlock gives the lock back on the ways that forget it.
func (c *Case) unlock(t code.Taken, exits []ast.Node) *repair.Fix {
	fix := &repair.Fix{
		Title: fmt.Sprintf("Give %s back on every way", name(t.Op)),
		Why:   "Whoever waits for the lock gets it when this function leaves.",
	}
	give, of := giveText(t), lockExpr(t)
	if give == "" {
		give, of = c.givenHere(t)
	}
	if give == "" || len(exits) > 3 {
		return c.stepsOnly(fix, t, exits)
	}
	if edits := c.deferInstead(t, give); t.Step == t.Op.Node && edits != nil {
		fix.Title = fmt.Sprintf("Defer %s behind the lock", give)
		fix.Edits = edits
		return fix
	}
	for _, e := range exits {
		edit, ok := c.giveBefore(t.In, of, e, give)
		if !ok {
			fix.Edits = nil
			return c.stepsOnly(fix, t, exits)
		}
		fix.Edits = append(fix.Edits, edit)
	}
	return fix
}

func (c *Case) stepsOnly(fix *repair.Fix, t code.Taken, exits []ast.Node) *repair.Fix {
	for _, e := range exits {
		pos, _ := leaving(e)
		fix.Steps = append(fix.Steps, fmt.Sprintf("give %s, taken on line %d, back before line %d", name(t.Op), c.Program.Line(t.Step), c.Program.Position(pos).Line))
	}
	return fix
}

// giveText is the call that gives a lock back, as it is to be written in the
// holder's function; "" when a function on the way takes it.
func giveText(t code.Taken) string {
	call, ok := t.Op.Node.(*ast.CallExpr)
	if !ok || t.Step != t.Op.Node {
		return ""
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || calls(sel.X) {
		return ""
	}
	if t.Op.Kind == code.RLock {
		return types.ExprString(sel.X) + ".RUnlock()"
	}
	return types.ExprString(sel.X) + ".Unlock()"
}

func calls(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(x ast.Node) bool {
		if _, ok := x.(*ast.CallExpr); ok {
			found = true
		}
		return !found
	})
	return found
}

// deferInstead defers the Unlock behind the Lock and takes out the others: when
// those stand at the end of what the lock guards anyway, and nothing is left to be done behind them.
func (c *Case) deferInstead(t code.Taken, give string) []repair.Edit {
	f := t.In
	lock := statement(f, t.Step)
	if _, ok := lock.(*ast.ExprStmt); !ok || c.Program.Graph(f).InLoop(t.Step) || !topLevel(f.Body, lock) {
		return nil
	}
	edits := []repair.Edit{c.behind(f, lock, "defer "+give)}
	for _, op := range c.Program.Ops(t.Op.On, code.Unlock, code.RUnlock) {
		if op.In == nil || !op.In.Within(f) || op.Kind != givesKind(t) {
			continue
		}
		s := statement(f, op.Node)
		if op.In != f || op.Deferred || s == nil || op.Node.Pos() < lock.Pos() || !c.lastThing(f, s) || len(edits) == 6 {
			return nil
		}
		if _, ok := s.(*ast.ExprStmt); !ok {
			return nil
		}
		edits = append(edits, c.remove(f, s))
	}
	for _, other := range c.Program.Takes(f) { // taken again behind its Unlock
		if other.Step != t.Step && other.Op.On.Same(t.Op.On) {
			return nil
		}
	}
	for _, call := range c.Program.CallsIn(f) { // given back by a function
		for _, g := range call.Callees {
			for _, given := range c.Program.Gives(g) {
				if given.On.Same(t.Op.On) {
					return nil
				}
			}
		}
	}
	return edits
}

func givesKind(t code.Taken) code.OpKind {
	if t.Op.Kind == code.RLock {
		return code.RUnlock
	}
	return code.Unlock
}

func topLevel(body *ast.BlockStmt, s ast.Stmt) bool {
	for _, x := range body.List {
		if x == s {
			return true
		}
	}
	return false
}

// lastThing says whether behind a statement the function only leaves: it is
// followed by a return that calls nothing, or is the last of the body.
func (c *Case) lastThing(f *code.Func, s ast.Stmt) bool {
	next, last := following(f.Body, s)
	if next == nil {
		return last && topLevel(f.Body, s)
	}
	ret, ok := next.(*ast.ReturnStmt)
	if !ok {
		return false
	}
	for _, x := range ret.Results {
		if calls(x) || receivesIn(x) {
			return false
		}
	}
	return true
}

func receivesIn(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(x ast.Node) bool {
		if u, ok := x.(*ast.UnaryExpr); ok && u.Op == token.ARROW {
			found = true
		}
		return !found
	})
	return found
}

// following is the statement behind s in its list; last says that s is the last of one.
func following(body *ast.BlockStmt, s ast.Stmt) (next ast.Stmt, last bool) {
	ast.Inspect(body, func(x ast.Node) bool {
		var list []ast.Stmt
		switch x := x.(type) {
		case *ast.BlockStmt:
			list = x.List
		case *ast.CaseClause:
			list = x.Body
		case *ast.CommClause:
			list = x.Body
		}
		for i, st := range list {
			if st == s {
				if i+1 < len(list) {
					next = list[i+1]
				} else {
					last = true
				}
			}
		}
		return true
	})
	return next, last
}

// giveBefore inserts the Unlock before a way out.
func (c *Case) giveBefore(f *code.Func, of ast.Expr, exit ast.Node, give string) (repair.Edit, bool) {
	pos := exit.Pos()
	switch e := exit.(type) {
	case *ast.BlockStmt:
		if len(e.List) == 0 {
			return repair.Edit{}, false
		}
		pos = e.List[len(e.List)-1].End()
		give = "\n" + give
	case *ast.ReturnStmt:
		// What is returned may be what the lock guards: it is read before the lock is given back.
		for _, x := range e.Results {
			if !plain(x) {
				give = "defer " + give
				break
			}
		}
		give += "\n"
	default:
		give += "\n"
	}
	if !namesHold(f.Pkg, of, pos) {
		return repair.Edit{}, false
	}
	return repair.Edit{Pos: pos, End: pos, New: give}, true
}

// plain: a name or constant, which reads nothing through a pointer.
func plain(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident, *ast.BasicLit:
		return true
	case *ast.UnaryExpr:
		return x.Op != token.ARROW && plain(x.X)
	}
	return false
}

// lockExpr is the lock as it is written where it is taken.
func lockExpr(t code.Taken) ast.Expr {
	if sel, ok := ast.Unparen(t.Op.Node.(*ast.CallExpr).Fun).(*ast.SelectorExpr); ok {
		return sel.X
	}
	return nil
}

// givenHere is a call without arguments by which the holder gives the lock back on another way, and whose names it is made of.
func (c *Case) givenHere(t code.Taken) (string, ast.Expr) {
	for _, call := range c.Program.CallsIn(t.In) {
		if call.Kind != code.Plain && call.Kind != code.Defer || len(call.Expr.Args) > 0 || !c.Program.Releases(call.Expr, t, true) {
			continue
		}
		of := ast.Unparen(call.Expr.Fun)
		if sel, ok := of.(*ast.SelectorExpr); ok {
			of = sel.X
		}
		if !calls(of) {
			return types.ExprString(call.Expr), of
		}
	}
	return "", nil
}

// inScope says whether the lock's names mean the same at pos.
func (c *Case) inScope(t code.Taken, pos token.Pos) bool {
	return namesHold(t.In.Pkg, lockExpr(t), pos)
}

// namesHold says whether the variables of an expression mean the same at another place of its package.
func namesHold(pkg *code.Package, x ast.Expr, pos token.Pos) bool {
	if pkg.Types == nil {
		return false
	}
	scope := pkg.Types.Scope().Innermost(pos)
	if scope == nil {
		return false
	}
	ok := true
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			ast.Inspect(n.X, func(m ast.Node) bool {
				if id, is := m.(*ast.Ident); is {
					ok = ok && sameName(pkg, scope, id, pos)
				}
				return true
			})
			return false
		case *ast.Ident:
			ok = ok && sameName(pkg, scope, n, pos)
		}
		return ok
	})
	return ok
}

func sameName(pkg *code.Package, scope *types.Scope, id *ast.Ident, pos token.Pos) bool {
	obj := pkg.Info.ObjectOf(id)
	if v, ok := obj.(*types.Var); ok && v.IsField() {
		return true
	}
	_, found := scope.LookupParent(id.Name, pos)
	return obj != nil && found == obj
}
