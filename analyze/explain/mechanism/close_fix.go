package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// closeFix gives a handle back in the last function that has it. Where no
// change of one place does that honestly, the fix has steps only.
func (c *Case) closeFix(h *handles, cand *candidate) *repair.Fix {
	l := cand.last()
	closing, imports := h.closing(l)
	fix := &repair.Fix{
		Title: fmt.Sprintf("Give %s back in %s", cand.what, l.in.Name),
		Why:   "Its goroutines and connections end with it.",
	}
	if l.paths[0] != nil && l.paths[0][0] == "Body" {
		fix.Title, fix.Why = "Close the body of the response on every way", "The connection is free for the next request then, or it is closed."
	}
	if closing != "" && (cand.fate == lost || cand.fate == late) {
		if cand.fate == lost && (c.deferred(l, closing, fix) || c.beforeExit(l, closing, fix)) || c.atLoopEnd(l, closing, fix) {
			for _, path := range imports {
				fix.Imports = append(fix.Imports, repair.Import{At: l.in.Node().Pos(), Path: path})
			}
			return fix
		}
	}
	fix.Steps = c.closeSteps(l, closing, cand)
	return fix
}

// closeSteps say where a person has to give the handle back.
func (c *Case) closeSteps(l *level, closing string, cand *candidate) []string {
	if closing == "" {
		closing = "give it back"
	} else {
		closing = "call " + closing
	}
	if cand.fate == late {
		return []string{fmt.Sprintf("%s in each round: the defer at %s runs when the function ends", closing, c.at(l.late.Pos()))}
	}
	var out []string
	for _, e := range l.exits {
		if pos, how := leaving(e); len(l.closes)+len(l.leaves) > 0 {
			out = append(out, fmt.Sprintf("%s before %s %s at %s", closing, l.in.Name, how, c.at(pos)))
		}
	}
	if len(out) == 0 {
		out = append(out, fmt.Sprintf("%s when what is made at %s is no longer used", closing, c.at(l.x.Pos())))
	}
	return out
}

// closing is the call that gives back what the level holds in a variable, and the imports it needs; "" when there is none.
func (h *handles) closing(l *level) (string, []string) {
	if l.held == nil {
		return "", nil
	}
	name, path := l.held.Name(), l.paths[0]
	if name == "_" || name == "" {
		return "", nil
	}
	if len(path) == 1 && path[0] == "Body" && code.TypeName(l.held.Type()) == "net/http.Response" {
		return name + ".Body.Close()", nil
	}
	end := closeMethod(l.held.Type())
	if code.TypeName(l.held.Type()) == "net/http.Transport" || len(path) == 0 || h.foreign(deref(l.held.Type())) {
		return end.call(name)
	}
	if end.method != "" && h.closes(l.held.Type(), end.method, path) {
		return end.call(name)
	}
	return "", nil
}

func (e ending) call(name string) (string, []string) {
	if e.method == "" {
		return "", nil
	}
	var imports []string
	if e.imports != "" {
		imports = []string{e.imports}
	}
	return name + "." + e.method + "(" + e.args + ")", imports
}

func deref(t types.Type) types.Type {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		return ptr.Elem()
	}
	return t
}

// closes says whether a method gives back what a type holds at a path.
func (h *handles) closes(t types.Type, method string, path []string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, method)
	fn, _ := obj.(*types.Func)
	f := h.c.Program.FuncOf(fn)
	if f == nil || f.Receiver() == nil {
		return types.IsInterface(t)
	}
	if len(h.c.Program.TrackObject(f.Receiver(), path...).Methods(closers...)) > 0 {
		return true
	}
	// What is closed may be what holds the handle: the client of a transport.
	return len(path) > 1 && h.closes(t, method, path[:len(path)-1])
}

// deferred gives back by a defer statement behind the statement that makes the
// handle and the check of its error.
func (c *Case) deferred(l *level, closing string, fix *repair.Fix) bool {
	if len(l.leaves) > 0 || l.apart || c.loopOf(l.in, l.step) != nil {
		return false
	}
	list, i := c.siblings(l)
	if i < 0 {
		return false
	}
	at := list[i].End()
	if k := c.errorCheck(l, list, i); k >= 0 {
		at = list[k].End()
	} else if body := withoutError(l, list, i); body != nil {
		at = body.Lbrace + 1
	} else if l.err != nil || returnsError(l) {
		return false // there may be no handle
	}
	var moved *ast.DeferStmt
	for _, n := range l.closes {
		d, ok := n.(*ast.DeferStmt)
		switch {
		case ok && slices.Contains(list, ast.Stmt(d)) && types.ExprString(d.Call) == closing:
			moved = d
		case !c.twice(l):
			return false
		}
	}
	fix.Edits = []repair.Edit{{Pos: at, End: at, New: "\ndefer " + closing}}
	if moved != nil {
		fix.Edits = append(fix.Edits, c.without(moved))
		fix.Title = fmt.Sprintf("Defer %s before the first way out", closing)
	} else {
		fix.Title = fmt.Sprintf("Defer %s where %s has it", closing, l.in.Name)
	}
	return true
}

// without takes a statement away, with its line when it has one of its own.
func (c *Case) without(s ast.Stmt) repair.Edit {
	file := c.Program.Fset.File(s.Pos())
	line, last := file.Line(s.Pos()), file.Line(s.End())
	if last >= file.LineCount() {
		return repair.Edit{Pos: s.Pos(), End: s.End()}
	}
	return repair.Edit{Pos: file.LineStart(line), End: file.LineStart(last + 1)}
}

// siblings are the statements beside the one that makes the handle, and its place among them; -1 when it is not a statement of its own.
func (c *Case) siblings(l *level) ([]ast.Stmt, int) {
	for n := ast.Node(l.x); n != nil && n != l.in.Node(); n = c.Program.Parent(n) {
		stmt, ok := n.(ast.Stmt)
		if !ok {
			continue
		}
		switch stmt.(type) {
		case *ast.AssignStmt, *ast.DeclStmt, *ast.ExprStmt:
		default:
			return nil, -1
		}
		list := c.neighbours(n)
		return list, slices.Index(list, stmt)
	}
	return nil, -1
}

// leavesOnError: if err != nil { …; return }.
func leavesOnError(l *level, s ast.Stmt) bool {
	check, ok := s.(*ast.IfStmt)
	if !ok || check.Init != nil || check.Else != nil || len(check.Body.List) == 0 {
		return false
	}
	b, ok := check.Cond.(*ast.BinaryExpr)
	if !ok || b.Op != token.NEQ {
		return false
	}
	id, ok := b.X.(*ast.Ident)
	if !ok || l.in.Pkg.Info.ObjectOf(id) != types.Object(l.err) {
		return false
	}
	switch last := check.Body.List[len(check.Body.List)-1].(type) {
	case *ast.ReturnStmt, *ast.BranchStmt:
		return true
	case *ast.ExprStmt:
		call, ok := last.X.(*ast.CallExpr)
		if !ok {
			return false
		}
		full := code.FullName(l.in.Pkg, call)
		return text(call.Fun) == "panic" || full == "os.Exit" || strings.HasPrefix(full, "log.Fatal")
	}
	return false
}

// withoutError is the body of `if err == nil { … }` behind the statement that makes the handle.
func withoutError(l *level, list []ast.Stmt, i int) *ast.BlockStmt {
	if l.err == nil || i+1 >= len(list) {
		return nil
	}
	check, ok := list[i+1].(*ast.IfStmt)
	if !ok || check.Init != nil {
		return nil
	}
	b, ok := check.Cond.(*ast.BinaryExpr)
	if !ok || b.Op != token.EQL || text(b.Y) != "nil" {
		return nil
	}
	if id, ok := b.X.(*ast.Ident); !ok || l.in.Pkg.Info.ObjectOf(id) != types.Object(l.err) {
		return nil
	}
	return check.Body
}

func returnsError(l *level) bool {
	call, ok := l.x.(*ast.CallExpr)
	return ok && l.obj == nil && slices.ContainsFunc(results(l.in.Pkg, call), func(t types.Type) bool { return code.TypeName(t) == "error" })
}

// mostReturns bounds before how many returns one change gives back.
const mostReturns = 3

// beforeExit gives back before the returns that forget to.
func (c *Case) beforeExit(l *level, closing string, fix *repair.Fix) bool {
	if len(l.exits) == 0 || len(l.exits) > mostReturns || l.again || l.apart || len(l.closes)+len(l.leaves) == 0 {
		return false
	}
	var edits []repair.Edit
	for _, e := range l.exits {
		exit, ok := e.(*ast.ReturnStmt)
		if !ok || exit.Pos() >= l.in.Body.Rbrace || !named(l.in, l.held.Name(), exit.Pos(), l.held) {
			return false
		}
		switch c.Program.Parent(exit).(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
		default:
			return false
		}
		if slices.ContainsFunc(exit.Results, func(r ast.Expr) bool { return mentions(l, r, l.held) }) {
			return false
		}
		edits = append(edits, repair.Edit{Pos: exit.Pos(), End: exit.Pos(), New: closing + "\n"})
	}
	fix.Title = fmt.Sprintf("Call %s before the return that forgets it", closing)
	if len(edits) > 1 {
		fix.Title = fmt.Sprintf("Call %s before the returns that forget it", closing)
	}
	fix.Edits = edits
	return true
}
