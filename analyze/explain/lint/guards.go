package lint

import (
	"fmt"
	"go/ast"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/mechanism"
	"github.com/logcap/logcap/analyze/explain/repair"
	"github.com/logcap/logcap/analyze/goroutine"
)

// lockFix is the change that the rules for findings would make, when they agree on the mechanism.
func (l *linter) lockFix(t code.Taken, want analyze.Mechanism) *repair.Fix {
	c := &mechanism.Case{Program: l.program, State: goroutine.State("sync.Mutex.Lock"), Entry: t.In, Op: t.Op, Ops: []*code.Op{t.Op}, Frames: l.frames(t.In, t.Op)}
	if d, _ := mechanism.Decide(c); d != nil && d.Sure && d.Mechanism == want {
		return d.Fix
	}
	return nil
}

// lockFacts tells other packages which methods return holding a lock of their receiver, and which give it back.
func (l *linter) lockFacts() {
	if l.pkg.Path == "sync" || l.pkg.Path == "internal/sync" {
		return // their locks are known as what they are
	}
	for _, f := range l.program.Funcs {
		recv := f.Receiver()
		if f.Obj == nil || recv == nil || !f.Obj.Exported() {
			continue
		}
		for _, t := range l.program.Takes(f) {
			if t.Path.Fixed && t.Path.Root == recv && !l.program.GivesBack(f, t) && len(l.program.Graph(f).Skips(t.Step)) == 0 {
				l.pass.ExportObjectFact(f.Obj, &Keeps{Lock: t.Path.Steps, Read: t.Op.Kind == code.RLock})
			}
		}
		for _, op := range l.program.Gives(f) {
			path := l.program.Receiver(f, op.Node.(*ast.CallExpr))
			if op.In == f && path.Fixed && path.Root == recv && !op.Deferred {
				l.pass.ExportObjectFact(f.Obj, &Keeps{Lock: path.Steps, Read: op.Kind == code.RUnlock, Gives: true})
			}
		}
	}
}

// guarded is a call of another package's method that takes a lock for its caller, or gives it back.
type guarded struct {
	call  *code.Call
	keeps Keeps
	path  code.Path
}

// guardedIn are those of a function, by what the facts of other packages say.
func (l *linter) guardedIn(f *code.Func) []guarded {
	var out []guarded
	for _, c := range l.program.CallsIn(f) {
		fn := code.Callee(l.pkg, c.Expr)
		sel, ok := ast.Unparen(c.Expr.Fun).(*ast.SelectorExpr)
		if fn == nil || !ok || fn.Pkg() == l.pass.Pkg {
			continue
		}
		var k Keeps
		if l.pass.ImportObjectFact(fn.Origin(), &k) {
			out = append(out, guarded{c, k, l.program.PathOf(f, sel.X)})
		}
	}
	return out
}

// keepsForeign: a function takes a lock by another package's method, gives it
// back on some ways by another one, and leaves by a way on which it does not.
func (l *linter) keepsForeign(f *code.Func) {
	all := l.guardedIn(f)
	for _, take := range all {
		if take.keeps.Gives || !take.path.Fixed || take.call.Kind != code.Plain {
			continue
		}
		gives := map[ast.Node]bool{}
		for _, give := range all {
			if give.keeps.Gives && give.keeps.Lock == take.keeps.Lock && give.keeps.Read == take.keeps.Read && !give.path.IsNot(take.path) {
				if give.call.Kind != code.Plain {
					return // it may be deferred before the lock is taken
				}
				if step := l.step(f, give.call.Expr); step != nil {
					gives[step] = true
				}
			}
		}
		step := l.step(f, take.call.Expr)
		if len(gives) == 0 || step == nil || l.givenForOthers(take.keeps) {
			continue
		}
		_, exits := l.program.Graph(f).Search(step, in(gives), nil)
		exit := l.onlyBehind(f, step, in(gives), exits)
		if exit == nil {
			continue
		}
		pos, how := leaving(exit)
		l.add(diagnostic{
			pos: pos, mechanism: analyze.MissingUnlock,
			text:    fmt.Sprintf("%s %s here and still holds the lock that %s has taken: whoever wants it next waits for ever", short(f), how, text(take.call.Expr.Fun)),
			related: []place{{take.call.Expr.Pos(), "the lock is taken here"}},
		})
	}
}

// givenForOthers says whether a function of the package gives back such a lock
// without having taken it: then it may be the one that a way out leaves it to.
func (l *linter) givenForOthers(k Keeps) bool {
	for _, f := range l.program.Funcs {
		takes, gives := false, false
		for _, g := range l.guardedIn(f) {
			if g.keeps.Lock == k.Lock {
				takes, gives = takes || !g.keeps.Gives, gives || g.keeps.Gives
			}
		}
		if gives && !takes {
			return true
		}
	}
	return false
}
