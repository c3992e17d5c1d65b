package mechanism

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// ioFix ends the waiting: by closing the connection when a context ends that
// is this call's own, else by a deadline. A context that lives as long as the
// program does would end nothing before that.
func (c *Case) ioFix(w *wait) *repair.Fix {
	fix := &repair.Fix{Why: "The call returns with an error then, and the goroutine ends."}
	for _, n := range w.names {
		if c.closeOnCancel(w, n, fix) {
			return fix
		}
	}
	for _, n := range w.names {
		if n.In == w.in && !w.streams() && c.setDeadline(w, n, fix) {
			return fix
		}
	}
	if !w.streams() && c.deadlineAtDial(w, fix) || c.closeWhereLost(w, fix) {
		return fix
	}
	fix.Title = "Bound the wait"
	name := "the connection"
	if len(w.names) > 0 {
		name = text(w.names[0].X)
	}
	fix.Steps = []string{fmt.Sprintf("set a deadline for %s before each wait at %s, or close it from another goroutine when nobody waits for the answer any more", name, c.at(w.pos()))}
	if w.streams() {
		fix.Steps = []string{fmt.Sprintf("close %s when the other side ends, so that the copying at %s does", name, c.at(w.pos()))}
	}
	return fix
}

// closeWhereLost closes the connection before a return that forgets to, in the
// function that made it and goes while the other goroutine still waits.
func (c *Case) closeWhereLost(w *wait, fix *repair.Fix) bool {
	h := &handles{c: c}
	for _, s := range w.from {
		if s.In == nil {
			continue
		}
		for _, e := range h.ends(made{in: s.In, x: s.X, result: s.Result, paths: [][]string{nil}}) {
			l := e.last()
			if e.fate != lost || c.onFrames(l.in) {
				continue
			}
			l.apart = false // that it is used by another goroutine is why it is closed here
			if closing, _ := h.closing(l); closing != "" && c.beforeExit(l, closing, fix) {
				return true
			}
		}
	}
	return false
}

// closeOnCancel closes the connection when a context is cancelled that is in scope where it is made.
func (c *Case) closeOnCancel(w *wait, n code.Source, fix *repair.Fix) bool {
	id, ok := n.X.(*ast.Ident)
	if !ok || n.In == nil || !c.onFrames(n.In) || !has(n.Pkg.Info.TypeOf(id), "Close") {
		return false
	}
	v, _ := n.Pkg.Info.ObjectOf(id).(*types.Var)
	if v == nil || n.In != c.Program.Around(v.Pos()) {
		return false
	}
	ctx := c.ownContext(n.In, strings.Contains(w.name, "Accept"))
	if ctx == nil {
		return false
	}
	at := n.In.Body.Lbrace + 1
	if !slices.Contains(n.In.Params(), v) {
		i := slices.IndexFunc(w.from, func(s code.Source) bool { return s.In == n.In })
		if i < 0 {
			return false
		}
		l := &level{made: made{in: n.In, x: w.from[i].X, result: w.from[i].Result}}
		l.step = c.stepAround(l.in, l.x)
		l.assigned(c.Program)
		list, k := c.siblings(l)
		if k < 0 || l.held != v || c.loopOf(l.in, l.step) != nil {
			return false
		}
		if l.err != nil {
			if k = c.errorCheck(l, list, k); k < 0 {
				return false
			}
		}
		at = list[k].End()
	}
	if !named(n.In, ctx.Name(), at, ctx) {
		return false
	}
	stop := unused(n.In, at, "stop", "stopClosing")
	if stop == "" {
		return false
	}
	fix.Title = fmt.Sprintf("Close %s when %s ends", id.Name, ctx.Name())
	fix.Edits = []repair.Edit{{Pos: at, End: at, New: fmt.Sprintf("\n%s := context.AfterFunc(%s, func() { %s.Close() })\ndefer %s()", stop, ctx.Name(), id.Name, stop)}}
	fix.Imports = []repair.Import{{At: at, Path: "context"}}
	return true
}

// ownContext is a context in a function's scope that ends with the call: a
// request's, or one with a timeout. For who accepts, which has no other end, any will do.
func (c *Case) ownContext(f *code.Func, anyone bool) *types.Var {
	for outer := f; outer != nil; outer = outer.Outer {
		for _, p := range outer.Params() {
			if p == nil || p.Name() == "_" || code.TypeName(p.Type()) != "context.Context" {
				continue
			}
			if anyone || c.endsItself(outer, p) {
				return p
			}
		}
	}
	return nil
}

// endsItself says whether a parameter is a context that ends by itself, or with a request.
func (c *Case) endsItself(f *code.Func, ctx *types.Var) bool {
	for _, field := range f.Type.Params.List {
		for _, id := range field.Names {
			if f.Pkg.Info.Defs[id] != types.Object(ctx) {
				continue
			}
			for _, s := range c.Program.Sources(f.Pkg, id) {
				call, ok := s.X.(*ast.CallExpr)
				if !ok {
					continue
				}
				switch code.FullName(s.Pkg, call) {
				case "context.WithTimeout", "context.WithDeadline", "(*net/http.Request).Context", "context.WithTimeoutCause", "context.WithDeadlineCause":
					return true
				}
			}
		}
	}
	return false
}

// setDeadline sets one before the statement that waits.
func (c *Case) setDeadline(w *wait, n code.Source, fix *repair.Fix) bool {
	method := "SetReadDeadline"
	if w.writes() {
		method = "SetWriteDeadline"
	}
	if !has(n.Pkg.Info.TypeOf(n.X), method) || !isName(n.X) {
		return false
	}
	at := c.before(w)
	if at == token.NoPos {
		return false
	}
	if root := rootIdent(n.X); root == nil || !named(w.in, root.Name, at, n.Pkg.Info.ObjectOf(root)) {
		return false
	}
	if _, obj := scopeAt(w.in, at).LookupParent("time", at); obj != nil {
		if pkg, ok := obj.(*types.PkgName); !ok || pkg.Imported().Path() != "time" {
			return false
		}
	}
	much, why := c.patience(w)
	fix.Title = fmt.Sprintf("Set a deadline for %s", text(n.X))
	fix.Edits = []repair.Edit{{Pos: at, End: at, New: fmt.Sprintf("%s.%s(time.Now().Add(%s))\n", text(n.X), method, much)}}
	fix.Imports = []repair.Import{{At: at, Path: "time"}}
	if why != "" {
		fix.Steps = []string{why}
	}
	return true
}

// deadlineAtDial sets a deadline for all that is said over a connection that is
// made for one question, in a function that the waiting one has called: nothing is read from it in a loop.
func (c *Case) deadlineAtDial(w *wait, fix *repair.Fix) bool {
	if len(w.from) != 1 || w.from[0].In == nil || c.loopOf(w.in, c.stepAround(w.in, w.call)) != nil || strings.Contains(w.name, "Accept") {
		return false
	}
	call, ok := w.from[0].X.(*ast.CallExpr)
	if !ok || !strings.Contains(text(call.Fun), "Dial") {
		return false
	}
	l := &level{made: made{in: w.from[0].In, x: call, result: w.from[0].Result}}
	l.assigned(c.Program)
	list, i := c.siblings(l)
	if l.held == nil || i < 0 {
		return false
	}
	k := c.errorCheck(l, list, i)
	if k < 0 || !has(l.held.Type(), "SetDeadline") {
		return false
	}
	at := list[k].End()
	much, why := "5*time.Second", "5*time.Second is a guess: set what the whole conversation may take"
	fix.Title = fmt.Sprintf("Set a deadline for %s where it is made", l.held.Name())
	fix.Edits = []repair.Edit{{Pos: at, End: at, New: fmt.Sprintf("\n%s.SetDeadline(time.Now().Add(%s))", l.held.Name(), much)}}
	fix.Imports = []repair.Import{{At: at, Path: "time"}}
	fix.Steps = []string{why}
	return true
}

// patience is how long the peer may take, as the source writes it, or a guess.
func (c *Case) patience(w *wait) (much, why string) {
	for _, s := range w.from {
		call, ok := s.X.(*ast.CallExpr)
		if !ok || code.FullName(s.Pkg, call) != "net.DialTimeout" || len(call.Args) != 3 {
			continue
		}
		if v := s.Pkg.Info.Types[call.Args[2]].Value; v != nil && s.In == w.in {
			if _, exact := constant.Int64Val(constant.ToInt(v)); exact {
				return types.ExprString(call.Args[2]), ""
			}
		}
	}
	much = "5*time.Second"
	if c.loopOf(w.in, c.stepAround(w.in, w.call)) != nil {
		much = "time.Minute"
	}
	return much, much + " is a guess: set what the peer may take"
}

// before is where the statement begins that has the waiting call, in a list of
// statements; NoPos when the call is the condition of a loop, before which one deadline would hold for all rounds.
func (c *Case) before(w *wait) token.Pos {
	var inner ast.Node = w.call
	for n := c.Program.Parent(w.call); n != nil && n != w.in.Node(); inner, n = n, c.Program.Parent(n) {
		switch b := n.(type) {
		case *ast.ForStmt:
			if inner == b.Cond || inner == b.Post {
				return token.NoPos
			}
		case *ast.DeferStmt, *ast.GoStmt, *ast.LabeledStmt:
			return token.NoPos
		case *ast.BlockStmt:
			return inner.Pos()
		case *ast.CaseClause:
			if s, ok := inner.(ast.Stmt); ok && slices.Contains(b.Body, s) {
				return inner.Pos()
			}
		case *ast.CommClause:
			if s, ok := inner.(ast.Stmt); ok && slices.Contains(b.Body, s) {
				return inner.Pos()
			}
		}
	}
	return token.NoPos
}

// isName says whether an expression is a name, or a field of one.
func isName(x ast.Expr) bool { return rootIdent(x) != nil }

func rootIdent(x ast.Expr) *ast.Ident {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return x
	case *ast.SelectorExpr:
		return rootIdent(x.X)
	}
	return nil
}

func scopeAt(f *code.Func, pos token.Pos) *types.Scope {
	if s := f.Pkg.Types.Scope().Innermost(pos); s != nil {
		return s
	}
	return f.Pkg.Types.Scope()
}

// named says whether a name means an object at a position.
func named(f *code.Func, name string, pos token.Pos, obj types.Object) bool {
	_, found := scopeAt(f, pos).LookupParent(name, pos)
	return found != nil && found == obj
}

// unused is the first of some names that means nothing at a position, in the function or behind it.
func unused(f *code.Func, pos token.Pos, names ...string) string {
	for _, name := range names {
		if _, obj := scopeAt(f, pos).LookupParent(name, token.NoPos); obj == nil && !strings.HasPrefix(name, "_") {
			return name
		}
	}
	return ""
}
