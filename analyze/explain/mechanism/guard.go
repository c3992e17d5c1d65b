package mechanism

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/logcap/logcap/analyze/explain/code"
)

// guard is the `if err != nil` right behind a call that gave the err.
func (c *Case) guard(f *code.Func, from ast.Node) *ast.IfStmt {
	if from == nil {
		return nil
	}
	s := statement(f, from)
	assign, ok := s.(*ast.AssignStmt)
	if !ok {
		return nil
	}
	if i, ok := c.Program.Parent(assign).(*ast.IfStmt); ok && i.Init == assign && comparesAny(f, i.Cond, assign.Lhs) {
		return i
	}
	next := c.nextStatement(s)
	i, ok := next.(*ast.IfStmt)
	if ok && comparesAny(f, i.Cond, assign.Lhs) {
		return i
	}
	return nil
}

// comparesAny: the condition is that an error or bool among the variables is set, or another is nil.
func comparesAny(f *code.Func, cond ast.Expr, vars []ast.Expr) bool {
	names := func(x ast.Expr) types.Object {
		if id, ok := ast.Unparen(x).(*ast.Ident); ok {
			return f.Pkg.Info.ObjectOf(id)
		}
		return nil
	}
	var x ast.Expr
	switch cond := ast.Unparen(cond).(type) {
	case *ast.BinaryExpr:
		if cond.Op != token.NEQ && cond.Op != token.EQL {
			return false
		}
		x = cond.X
	case *ast.UnaryExpr:
		x = cond.X
	default:
		return false
	}
	obj := names(x)
	return obj != nil && slices.ContainsFunc(vars, func(v ast.Expr) bool { return names(v) == obj })
}

// neighbours are the statements of the block that a statement stands in, itself among them; nil when it is in none.
func (c *Case) neighbours(n ast.Node) []ast.Stmt {
	switch b := c.Program.Parent(n).(type) {
	case *ast.BlockStmt:
		return b.List
	case *ast.CaseClause:
		return b.Body
	case *ast.CommClause:
		return b.Body
	}
	return nil
}

// nextStatement is the one behind a statement in its block, nil behind the last.
func (c *Case) nextStatement(s ast.Stmt) ast.Stmt {
	list := c.neighbours(s)
	for i, other := range list {
		if other == s && i+1 < len(list) {
			return list[i+1]
		}
	}
	return nil
}

// stopNames begin the names of methods whose calls end what a value does.
var stopNames = []string{"stop", "close", "shutdown", "cancel", "quit", "end", "finish", "terminate", "halt", "release", "dispose", "kill", "unsubscribe", "leave", "exit", "destroy", "teardown", "abort", "detach", "disconnect"}

// stops says whether a function is one by whose name people know that it must be called in the end.
func stops(f *code.Func) bool {
	if f == nil || f.Decl == nil {
		return false
	}
	return stopName(f.Decl.Name.Name)
}

func stopName(name string) bool {
	return slices.ContainsFunc(stopNames, func(s string) bool {
		if len(name) < len(s) || !strings.EqualFold(name[:len(s)], s) {
			return false
		}
		next, _ := utf8.DecodeRuneInString(name[len(s):])
		return !unicode.IsLower(next) || strings.HasPrefix(strings.ToLower(name), "stopp")
	})
}

// tells says whether a function's name may say that something has ended of
// itself, and not that somebody wants it to.
func tells(f *code.Func) bool {
	name := strings.ToLower(f.Decl.Name.Name)
	return slices.ContainsFunc([]string{"end", "finish", "release", "leave", "exit"}, func(s string) bool { return strings.HasPrefix(name, s) })
}
