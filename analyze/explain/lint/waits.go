package lint

import (
	"fmt"
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// ranges looks for goroutines that range over a channel which nobody closes and
// to which nobody sends any more once its owner has left.
func (l *linter) ranges(ch *channel) {
	if !ch.local || len(ch.flow.Of(code.UsedClose)) > 0 {
		return
	}
	for _, u := range ch.flow.Of(code.UsedRange) {
		loop := u.Node.(*ast.RangeStmt)
		if u.In == nil || breaksOff(loop.Body) {
			continue
		}
		for _, at := range l.launches(u.In) {
			for _, owner := range ch.owners {
				start := l.stepTo(owner, at.call.In, at.call.Expr)
				if start == nil || l.once(owner) || !l.sentBy(ch, owner) {
					continue
				}
				if _, exits := l.program.Graph(owner).Search(start, nil, nil); len(exits) == 0 {
					continue
				}
				related := []place{{ch.made.Pos(), "the channel is made here"}, {at.call.Expr.Pos(), "the goroutine starts here"}}
				pos := ch.made.Pos()
				for _, send := range ch.flow.Of(code.UsedSend) {
					pos = send.Node.Pos()
				}
				l.add(diagnostic{
					pos: pos, mechanism: analyze.UnclosedRange, related: append(related, place{loop.Pos(), "it ranges over the channel here"}),
					text: fmt.Sprintf("nobody closes %s: the goroutine that ranges over it waits for ever once %s has left", text(loop.X), short(owner)),
				})
			}
		}
	}
}

// sentBy says that only the owner sends, in its own goroutine.
func (l *linter) sentBy(ch *channel, owner *code.Func) bool {
	others := l.elsewhere(owner)
	for _, u := range ch.flow.Of(code.UsedSend) {
		if u.In == nil || !l.runs(owner, u.In) || others[u.In] {
			return false
		}
	}
	return true
}

// breaksOff says whether a loop's body may leave the loop.
func breaksOff(body *ast.BlockStmt) bool {
	leaves := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt, *ast.BranchStmt:
			leaves = true
		}
		return !leaves
	})
	return leaves
}

// waits looks for goroutines that wait for what can never come: in an empty
// select, or on a channel that is nil.
func (l *linter) waits() {
	for c := range l.program.Cursors((*ast.SelectStmt)(nil)) {
		f := l.program.FuncAt(c)
		if f == nil || len(c.Node().(*ast.SelectStmt).Body.List) > 0 || crashing(c) {
			continue
		}
		for _, at := range l.launches(f) {
			if !l.many(at.call) {
				continue
			}
			l.add(diagnostic{
				pos: c.Node().Pos(), mechanism: analyze.EmptySelect, related: []place{{at.call.Expr.Pos(), "the goroutine starts here"}},
				text: "the goroutine waits for ever in this empty select",
			})
			break
		}
	}
	l.nils()
}

// crashing: a goroutine that panics was started before, so that this one is in the dump.
func crashing(c inspector.Cursor) bool {
	for prev, ok := c.PrevSibling(); ok; prev, ok = prev.PrevSibling() {
		if s, ok := prev.Node().(*ast.GoStmt); ok {
			if id, ok := ast.Unparen(s.Call.Fun).(*ast.Ident); ok && id.Name == "panic" {
				return true
			}
		}
	}
	return false
}

// many says whether a go statement may be reached any number of times.
func (l *linter) many(call *code.Call) bool {
	if !l.once(call.In) {
		return true
	}
	step := l.step(call.In, call.Expr)
	return step != nil && l.program.Graph(call.In).InLoop(step)
}

// nils looks for variables and fields of a channel's type that nothing is ever assigned to.
func (l *linter) nils() {
	for id, obj := range l.pkg.Info.Defs {
		v, ok := obj.(*types.Var)
		if !ok || v.Exported() || v.Name() == "_" {
			continue
		}
		if _, ok := v.Type().Underlying().(*types.Chan); !ok {
			continue
		}
		if op := l.onNil(id, v); op != nil {
			l.add(diagnostic{
				pos: id.Pos(), mechanism: analyze.NilChannel, related: []place{{op.Pos(), "the operation on it"}},
				text: fmt.Sprintf("nothing is ever assigned to %s: it is nil, and a %s on it waits for ever", v.Name(), op.Kind),
			})
		}
	}
}

// onNil is an operation that waits on a variable or field, when no value can ever be in it.
func (l *linter) onNil(id *ast.Ident, v *types.Var) *code.Op {
	if !l.declaredEmpty(id, v) {
		return nil
	}
	var found *code.Op
	for _, c := range l.program.UsesOf(v) {
		if kind, _ := c.ParentEdge(); kind == edge.SelectorExpr_Sel {
			c = c.Parent()
		}
		switch kind, _ := c.ParentEdge(); kind {
		case edge.SendStmt_Chan, edge.RangeStmt_X:
		case edge.UnaryExpr_X:
			if c.Parent().Node().(*ast.UnaryExpr).Op.String() == "&" {
				return nil
			}
		case edge.CallExpr_Args, edge.AssignStmt_Rhs, edge.ReturnStmt_Results:
			continue
		default: // compared, assigned to, a literal's key
			return nil
		}
		if f := l.program.FuncAt(c); f != nil {
			if op := l.alone(code.FlowUse{Node: c.Parent().Node(), In: f}); op != nil && found == nil {
				found = op
			}
		}
	}
	return found
}

// declaredEmpty: a local variable without a value, or a field of a struct that no literal fills by position.
func (l *linter) declaredEmpty(id *ast.Ident, v *types.Var) bool {
	if v.IsField() {
		made, filled := l.literalsOf(v)
		return made && !filled
	}
	if v.Parent() == nil || v.Parent() == l.pass.Pkg.Scope() {
		return false
	}
	for c := range l.program.Cursors((*ast.ValueSpec)(nil)) {
		s := c.Node().(*ast.ValueSpec)
		for _, name := range s.Names {
			if name == id {
				return len(s.Values) == 0
			}
		}
	}
	return false
}

// literalsOf says whether literals make the struct that has a field, and whether
// one of them, or a conversion from another struct, fills it without its name.
func (l *linter) literalsOf(v *types.Var) (made, filled bool) {
	for c := range l.program.Cursors((*ast.CompositeLit)(nil), (*ast.CallExpr)(nil)) {
		switch n := c.Node().(type) {
		case *ast.CallExpr:
			tv := l.pkg.Info.Types[n.Fun]
			filled = filled || tv.IsType() && hasField(tv.Type, v)
		case *ast.CompositeLit:
			if !hasField(l.pkg.Info.TypeOf(n), v) {
				continue
			}
			made = true
			if len(n.Elts) > 0 {
				_, keyed := n.Elts[0].(*ast.KeyValueExpr)
				filled = filled || !keyed
			}
		}
	}
	return made, filled
}

func hasField(t types.Type, v *types.Var) bool {
	if t == nil {
		return false
	}
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for f := range st.Fields() {
		if f.Origin() == v.Origin() {
			return true
		}
	}
	return false
}
