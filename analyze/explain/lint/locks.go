package lint

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// locks looks for functions that certainly leave, or come to take it again, with a lock that only this package can give back.
func (l *linter) locks() {
	for _, f := range l.program.Funcs {
		for _, t := range l.program.Takes(f) {
			if !t.Path.Fixed || l.othersGive(t) {
				continue
			}
			l.leavesHolding(t)
			l.takesAgain(t)
		}
		l.keepsForeign(f)
	}
}

// othersGive says whether a lock may be given back by a function that has not
// taken it, or by another package.
func (l *linter) othersGive(t code.Taken) bool {
	if len(t.Op.On.Objects()) == 0 || t.Op.On.Escapes() {
		return true
	}
	for _, obj := range t.Op.On.Objects() {
		if v, ok := obj.(*types.Var); !ok || v.Exported() && l.pkg.Name != "main" && l.inExportedType(v) {
			return true
		}
	}
	for _, op := range l.program.Ops(t.Op.On, code.Unlock, code.RUnlock) {
		if op.In == nil || l.givesFirst(op) && (op.In.Outer == nil || !l.locksToo(op.In.Declared(), op)) {
			return true
		}
	}
	return l.program.LeavesTaken(t) || l.unlockIsValue(t)
}

// givesFirst says whether a function comes to an Unlock without having taken the lock.
func (l *linter) givesFirst(op *code.Op) bool {
	step := l.step(op.In, op.Node.(*ast.CallExpr))
	if step == nil {
		return true
	}
	found, _ := l.program.Graph(op.In).Search(nil, func(n ast.Node) bool {
		return slices.ContainsFunc(l.program.Takes(op.In), func(t code.Taken) bool { return t.Step == n && t.Op.On.Same(op.On) })
	}, func(n ast.Node) bool { return n == step })
	return len(found) > 0
}

// unlockIsValue: the function hands its Unlock on, as in return mu.Unlock.
func (l *linter) unlockIsValue(t code.Taken) bool {
	handed := false
	calls := map[ast.Expr]bool{}
	ast.Inspect(t.In.Declared().Node(), func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			calls[ast.Unparen(n.Fun)] = true
		case *ast.SelectorExpr:
			handed = handed || !calls[n] && (n.Sel.Name == "Unlock" || n.Sel.Name == "RUnlock")
		}
		return true
	})
	return handed
}

// locksToo says whether a function, or a literal in it, takes the lock that op gives back.
func (l *linter) locksToo(f *code.Func, op *code.Op) bool {
	for _, lock := range l.program.Ops(op.On, code.Lock, code.RLock) {
		if lock.In != nil && lock.In.Declared() == f {
			return true
		}
	}
	return false
}

// inExportedType says whether a field belongs to a type that other packages can name, or is a variable.
func (l *linter) inExportedType(v *types.Var) bool {
	if !v.IsField() {
		return true
	}
	scope := l.pass.Pkg.Scope()
	for _, name := range scope.Names() {
		if tn, ok := scope.Lookup(name).(*types.TypeName); ok && tn.Exported() && hasField(tn.Type(), v) {
			return true
		}
	}
	return false
}

// leavesHolding: the function gives the lock back on some way, and leaves by one
// that comes by the Lock and by no Unlock.
func (l *linter) leavesHolding(t code.Taken) {
	if !l.program.GivesBack(t.In, t) || l.givesInLiteral(t) {
		return
	}
	gives := func(n ast.Node) bool { return l.program.Releases(n, t, true) }
	exits := l.program.Unreleased(t)
	if len(exits) == 0 {
		return
	}
	exit := l.onlyBehind(t.In, t.Step, gives, exits)
	if exit == nil {
		return
	}
	pos, how := leaving(exit)
	l.add(diagnostic{
		pos: pos, mechanism: analyze.MissingUnlock,
		text:    fmt.Sprintf("%s %s here and still holds %s: whoever wants it next waits for ever", short(t.In), how, lockName(t.Op)),
		related: []place{{t.Step.Pos(), "the lock is taken here"}}, fix: l.lockFix(t, analyze.MissingUnlock),
	})
}

// givesInLiteral: a literal in the function gives the lock back; when it runs is not clear.
func (l *linter) givesInLiteral(t code.Taken) bool {
	for _, op := range l.program.Ops(t.Op.On, code.Unlock, code.RUnlock) {
		if op.In != t.In && op.In != nil && op.In.Declared() == t.In.Declared() {
			return true
		}
	}
	return false
}

// onlyBehind is one of the exits that is reached only by way of a step, and by no way that comes by a step for which stop holds.
func (l *linter) onlyBehind(f *code.Func, step ast.Node, stop func(ast.Node) bool, exits []ast.Node) ast.Node {
	g := l.program.Graph(f)
	at := func(n ast.Node) bool { return n == step }
	stops, without := g.Search(nil, at, stop)
	behind, _ := g.Search(step, nil, stop)
	for _, s := range append(stops, behind...) {
		_, after := g.Search(s, at, nil)
		without = append(without, after...)
	}
	for _, e := range exits {
		if !slices.Contains(without, e) {
			return e
		}
	}
	return nil
}

// takesAgain: while the function certainly holds the lock, it takes it again, itself or by a direct call.
func (l *linter) takesAgain(t code.Taken) {
	gives := func(n ast.Node) bool { return l.program.Releases(n, t, false) }
	for _, under := range l.program.Under(t) {
		l.underLock(t, under, gives)
	}
}

// underLock: an operation that comes under a held lock is to take that lock.
func (l *linter) underLock(t code.Taken, under code.Under, gives func(ast.Node) bool) {
	op, calls := under.Op, under.Calls
	if op.Kind != code.Lock && (op.Kind != code.RLock || t.Op.Kind == code.RLock) || !op.On.Same(t.Op.On) || len(calls) > 1 || op.Deferred {
		return
	}
	if op.Node == t.Step || !l.program.SameLock(t, under.Path) {
		return
	}
	step, pos := op.Node, op.Pos()
	if len(calls) == 1 {
		if calls[0].Kind != code.Plain || len(calls[0].Callees) != 1 || !l.certainly(op) {
			return
		}
		step, pos = calls[0].Expr, calls[0].Expr.Pos()
	}
	if !l.onlyHolding(t, step, gives) {
		return
	}
	related := []place{{t.Step.Pos(), "the lock is taken here"}}
	if len(calls) == 1 {
		related = append(related, place{op.Pos(), "and here again"})
	}
	l.add(diagnostic{
		pos: pos, mechanism: analyze.DoubleLock, related: related, fix: l.lockFix(t, analyze.DoubleLock),
		text: fmt.Sprintf("%s holds %s here and takes it again: it waits for itself", short(t.In), lockName(t.Op)),
	})
}

// certainly says that a function comes to an operation on every way, and gives nothing back before.
func (l *linter) certainly(op *code.Op) bool {
	found, exits := l.program.Graph(op.In).Search(nil, func(n ast.Node) bool { return n == op.Node }, func(n ast.Node) bool {
		for _, other := range l.program.OpsIn(op.In, code.Unlock, code.RUnlock) {
			if other.Node == n && other.On.Same(op.On) {
				return true
			}
		}
		return false
	})
	return len(exits) == 0 && len(found) == 0
}

// onlyHolding says that a step is come to only by way of the Lock, and by no Unlock.
func (l *linter) onlyHolding(t code.Taken, step ast.Node, gives func(ast.Node) bool) bool {
	g := l.program.Graph(t.In)
	is := func(n ast.Node) bool { return n == step }
	at := func(n ast.Node) bool { return n == t.Step }
	if found, _ := g.Search(nil, at, is); len(found) > 0 {
		return false
	}
	released, _ := g.Search(t.Step, nil, gives)
	for _, r := range released {
		if found, _ := g.Search(r, at, is); len(found) > 0 {
			return false
		}
	}
	return true
}

func lockName(op *code.Op) string {
	if call, ok := op.Node.(*ast.CallExpr); ok {
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			return text(sel.X)
		}
	}
	return "the lock"
}
