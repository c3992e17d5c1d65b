package lint

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/logcap/logcap/analyze/explain/code"
)

// channel is one call of make and everything that is done with the channel.
type channel struct {
	made ast.Node // the call of make
	at   inspector.Cursor
	in   *code.Func
	flow *code.Flow
	room int64 // -1 when it is no constant
	// local: it is put only in what was made in sight and does not outlive the owners.
	local  bool
	owners []*code.Func
}

// channels looks at every channel that is made in the package and never gets out of its sight.
func (l *linter) channels() {
	for c := range l.program.Cursors((*ast.CallExpr)(nil)) {
		ch := l.channel(c)
		if ch == nil || len(ch.flow.Left) > 0 {
			continue
		}
		l.sends(ch)
		l.ranges(ch)
	}
}

// channel follows the channel that a call makes; nil when it makes none.
func (l *linter) channel(c inspector.Cursor) *channel {
	call := c.Node().(*ast.CallExpr)
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok || id.Name != "make" || len(call.Args) == 0 {
		return nil
	}
	if _, builtin := l.pkg.Info.Uses[id].(*types.Builtin); !builtin {
		return nil
	}
	t := l.pkg.Info.TypeOf(call)
	if t == nil {
		return nil
	}
	if _, ok := t.Underlying().(*types.Chan); !ok {
		return nil
	}
	ch := &channel{made: call, at: c, in: l.program.FuncAt(c), flow: l.program.Follow(c)}
	if len(call.Args) > 1 {
		ch.room = -1
		if v := l.pkg.Info.Types[call.Args[1]].Value; v != nil {
			ch.room, _ = constant.Int64Val(constant.ToInt(v))
		}
	}
	if ch.in != nil && len(ch.flow.Left) == 0 {
		returned := map[*code.Func]bool{}
		ch.local = l.confined(ch.flow, returned, map[int32]bool{})
		ch.owners = l.ownersOf(ch.in, returned, deepest)
	}
	return ch
}

// confined says that a value is put only in structs that were made in sight and
// are themselves confined, and collects the functions that hand it up to their callers.
func (l *linter) confined(flow *code.Flow, returned map[*code.Func]bool, seen map[int32]bool) bool {
	if len(flow.Left) > 0 || len(flow.Held) > 0 {
		return false
	}
	for _, f := range flow.Returned {
		returned[f] = true
	}
	for _, h := range flow.Holders {
		if seen[h.Index()] {
			continue
		}
		seen[h.Index()] = true
		var of *code.Flow
		if id, ok := h.Node().(*ast.Ident); ok {
			of = l.program.FollowObject(l.pkg.Info.ObjectOf(id))
			if !l.madeHere(h) {
				return false
			}
		} else {
			of = l.program.Follow(h)
		}
		if !l.confined(of, returned, seen) {
			return false
		}
	}
	return true
}

// madeHere says that all that is assigned to a variable was made where it is assigned: literals and new.
func (l *linter) madeHere(c inspector.Cursor) bool {
	obj, ok := l.pkg.Info.ObjectOf(c.Node().(*ast.Ident)).(*types.Var)
	f := l.program.FuncAt(c)
	if !ok || f == nil {
		return false
	}
	made := true
	ast.Inspect(f.Declared().Node(), func(n ast.Node) bool {
		var lhs, rhs []ast.Expr
		switch s := n.(type) {
		case *ast.AssignStmt:
			lhs, rhs = s.Lhs, s.Rhs
		case *ast.RangeStmt:
			lhs, rhs = []ast.Expr{s.Key, s.Value}, []ast.Expr{s.X}
		case *ast.ValueSpec:
			for _, name := range s.Names {
				lhs = append(lhs, name)
			}
			rhs = s.Values
		}
		for i, x := range lhs {
			if id, ok := x.(*ast.Ident); ok && l.pkg.Info.ObjectOf(id) == obj {
				made = made && (len(rhs) == 0 || len(rhs) == len(lhs) && isFresh(rhs[i]))
			}
		}
		return made
	})
	return made
}

// isFresh: a literal or its address, or a call of new.
func isFresh(x ast.Expr) bool {
	x = ast.Unparen(x)
	if u, ok := x.(*ast.UnaryExpr); ok && u.Op == token.AND {
		x = ast.Unparen(u.X)
	}
	switch x := x.(type) {
	case *ast.CompositeLit:
		return true
	case *ast.CallExpr:
		id, ok := ast.Unparen(x.Fun).(*ast.Ident)
		return ok && id.Name == "new"
	}
	return false
}

// ownersOf are the functions up to which a value that is made in f is handed: f itself, or the callers of those who return it.
func (l *linter) ownersOf(f *code.Func, returned map[*code.Func]bool, depth int) []*code.Func {
	if !returned[f] || depth == 0 {
		return []*code.Func{f}
	}
	var out []*code.Func
	for _, c := range l.program.CallersOf(f) {
		if c.In != nil && c.Kind == code.Plain {
			out = append(out, l.ownersOf(c.In, returned, depth-1)...)
		}
	}
	return out
}

// variable is the name by which an operation knows its channel.
func variable(n ast.Node) string {
	switch n := n.(type) {
	case *ast.SendStmt:
		return text(n.Chan)
	case *ast.UnaryExpr:
		return text(n.X)
	case *ast.RangeStmt:
		return text(n.X)
	case *ast.CallExpr:
		if len(n.Args) > 0 {
			return text(n.Args[0])
		}
	}
	return "the channel"
}
