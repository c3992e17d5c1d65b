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
	if closing != "" && cand.fate == lost {
		if c.deferred(l, closing, fix) || c.beforeExit(l, closing, fix) || c.atLoopEnd(l, closing, fix) {
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
	if l.err != nil {
		if i+1 >= len(list) || !leavesOnError(l, list[i+1]) {
			return false
		}
		at = list[i+1].End()
	} else if returnsError(l) {
		return false // the error is dropped: there may be no handle
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
		fix.Edits = append(fix.Edits, repair.Edit{Pos: moved.Pos(), End: moved.End()})
	}
	return true
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
		var list []ast.Stmt
		switch b := c.Program.Parent(n).(type) {
		case *ast.BlockStmt:
			list = b.List
		case *ast.CaseClause:
			list = b.Body
		case *ast.CommClause:
			list = b.Body
		}
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

func returnsError(l *level) bool {
	call, ok := l.x.(*ast.CallExpr)
	return ok && l.obj == nil && slices.ContainsFunc(results(l.in.Pkg, call), func(t types.Type) bool { return code.TypeName(t) == "error" })
}

// beforeExit gives back before the only return that forgets to.
func (c *Case) beforeExit(l *level, closing string, fix *repair.Fix) bool {
	if len(l.exits) != 1 || l.again || len(l.closes)+len(l.leaves) == 0 {
		return false
	}
	exit, ok := l.exits[0].(*ast.ReturnStmt)
	if !ok || exit.Pos() >= l.in.Body.Rbrace || !inScope(l, exit.Pos()) {
		return false
	}
	switch c.Program.Parent(exit).(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
	default:
		return false
	}
	for _, r := range exit.Results {
		if mentions(l, r, l.held) {
			return false
		}
	}
	fix.Edits = []repair.Edit{{Pos: exit.Pos(), End: exit.Pos(), New: closing + "\n"}}
	return true
}

// atLoopEnd gives back at the end of each round of the loop that makes one, when nothing leaves a round before.
func (c *Case) atLoopEnd(l *level, closing string, fix *repair.Fix) bool {
	if len(l.exits) > 0 || !l.again || len(l.closes)+len(l.leaves) > 0 || l.err != nil || returnsError(l) {
		return false
	}
	list, i := c.siblings(l)
	if i < 0 {
		return false
	}
	for _, s := range list[i+1:] {
		leaves := false
		ast.Inspect(s, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.BranchStmt, *ast.ReturnStmt:
				leaves = true
			}
			return true
		})
		if leaves {
			return false
		}
	}
	at := list[len(list)-1].End()
	fix.Edits = []repair.Edit{{Pos: at, End: at, New: "\n" + closing}}
	return true
}

// inScope says whether the level's variable is what its name means at a position.
func inScope(l *level, pos token.Pos) bool {
	scope := l.in.Pkg.Types.Scope().Innermost(pos)
	if scope == nil {
		return false
	}
	_, obj := scope.LookupParent(l.held.Name(), pos)
	return obj == types.Object(l.held)
}

func mentions(l *level, x ast.Node, v *types.Var) bool {
	found := false
	ast.Inspect(x, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && l.in.Pkg.Info.ObjectOf(id) == types.Object(v) {
			found = true
		}
		return !found
	})
	return found
}
