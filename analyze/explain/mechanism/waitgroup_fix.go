package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

func stepsFix(title, why string, steps ...string) *repair.Fix {
	return &repair.Fix{Title: title, Why: why, Steps: steps}
}

// addLater moves an Add right before the one start of a worker.
func (w *waitGroup) addLater(add *code.Op, isStart map[*ast.CallExpr]bool) *repair.Fix {
	f := add.In
	starts := w.startsIn(f, isStart)
	own := statement(f, add.Node)
	if len(starts) != 1 || own == nil || !exprOf(own, add.Node) {
		return nil
	}
	start := w.statementOf(f, starts[0])
	x := receiverOf(add)
	if start == nil || x == nil || calls(x) || !namesHold(f.Pkg, x, start.Pos()) || own.Pos() > start.Pos() {
		return nil
	}
	return &repair.Fix{
		Title: "Add right before the go statement",
		Why:   "Wait then waits for those that were started.",
		Edits: []repair.Edit{w.c.remove(f, own), {Pos: start.Pos(), End: start.Pos(), New: types.ExprString(x) + ".Add(1)\n"}},
	}
}

// statementOf is the statement that a call is, when it is one.
func (w *waitGroup) statementOf(f *code.Func, call *code.Call) ast.Stmt {
	s := statement(f, call.Expr)
	switch st := s.(type) {
	case *ast.GoStmt:
		return st
	case *ast.ExprStmt:
		return st
	}
	return nil
}

// deferIn lets the one literal that is started behind an Add call Done when it ends.
func (w *waitGroup) deferIn(add *code.Op) *repair.Fix {
	fix := &repair.Fix{Title: "Defer Done in the goroutine", Why: "Done is called however the goroutine leaves."}
	var only *code.Func
	for _, call := range w.c.Program.CallsIn(add.In) {
		if call.Kind == code.Go && call.Expr.Pos() > add.Node.Pos() {
			if only != nil || len(call.Callees) != 1 {
				only = nil
				break
			}
			only = call.Callees[0]
		}
	}
	x := receiverOf(add)
	if only == nil || only.Lit == nil || x == nil || calls(x) || len(only.Body.List) == 0 || !namesHold(add.In.Pkg, x, only.Body.List[0].Pos()) || !w.one(add) {
		fix.Steps = []string{fmt.Sprintf("call Done in what is started behind line %d, deferred at its beginning", w.c.Program.Position(add.Pos()).Line)}
		return fix
	}
	at := only.Body.List[0].Pos()
	fix.Edits = []repair.Edit{{Pos: at, End: at, New: "defer " + types.ExprString(x) + ".Done()\n"}}
	return fix
}

// deferDone defers Done at a worker's beginning, in place of those at its ends; where something comes behind
// them, it calls Done before the ways out that forget it.
func (w *waitGroup) deferDone(f *code.Func, dones []*code.Op, exits []ast.Node) *repair.Fix {
	fix := &repair.Fix{Title: "Defer Done at the beginning", Why: "Done is called however the worker leaves."}
	var x *ast.CallExpr
	simple := len(dones) > 0 && len(dones) <= 5 && len(f.Body.List) > 0
	for _, op := range dones {
		x, _ = op.Node.(*ast.CallExpr)
		s := statement(f, op.Node)
		_, deferred := s.(*ast.DeferStmt)
		simple = simple && op.In == f && x != nil && s != nil && (deferred || exprOf(s, op.Node) && w.c.lastThing(f, s)) &&
			!w.c.Program.Graph(f).InLoop(op.Node) && canRepeat(f, x, f.Body.List[0].Pos())
	}
	if simple {
		at := f.Body.List[0].Pos()
		fix.Edits = append(fix.Edits, repair.Edit{Pos: at, End: at, New: "defer " + types.ExprString(x) + "\n"})
		for _, op := range dones {
			fix.Edits = append(fix.Edits, w.c.remove(f, statement(f, op.Node)))
		}
		return fix
	}
	if x != nil && len(exits) <= 3 {
		fix.Title = "Call Done on every way"
		for _, e := range exits {
			pos, _ := leaving(e)
			if _, ends := e.(*ast.BlockStmt); ends || !canRepeat(f, x, pos) {
				fix.Edits = nil
				break
			}
			fix.Edits = append(fix.Edits, repair.Edit{Pos: pos, End: pos, New: types.ExprString(x) + "\n"})
		}
	}
	if fix.Edits == nil {
		fix.Title = "Call Done on every way"
		pos, _ := leaving(exits[0])
		fix.Steps = []string{fmt.Sprintf("call Done before line %d too, best deferred where %s begins", w.c.Program.Position(pos).Line, f.Name)}
	}
	return fix
}

// canRepeat says whether a call of Done can be written at another place of its package.
func canRepeat(f *code.Func, done *ast.CallExpr, pos token.Pos) bool {
	fun := ast.Unparen(done.Fun)
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		fun = sel.X
	}
	return len(done.Args) == 0 && !calls(fun) && namesHold(f.Pkg, fun, pos)
}
