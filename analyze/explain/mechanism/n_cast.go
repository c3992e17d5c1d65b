package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
)

// nCast: several goroutines send to one channel, and fewer values are taken than sent.
func nCast(c *Case) (*Decision, string) {
	if !c.sends() {
		return nil, ""
	}
	ch := c.Op.On
	o := c.onlyMake(ch)
	if o == nil || o.In == nil || c.Launch == nil {
		return nil, "where the channel is made is not clear"
	}
	again := c.launchedAgain(o)
	if again == nil {
		return nil, "one goroutine sends to each channel"
	}
	if n := c.capacity(ch); n != 0 && n < 2 {
		return nil, "the channel's room is no constant"
	}
	for _, f := range c.takers(ch) {
		g := c.Program.Graph(f)
		for _, op := range c.receivesIn(f, ch) {
			if op.Kind == code.Range || g.InLoop(op.Node) && c.loopsOver(f, op, o) {
				continue
			}
			d := &Decision{
				Sure:  true,
				Cause: Place{op.Pos(), fmt.Sprintf("%s takes one value of the several that are sent", f.Name)},
				Evidence: []Place{
					{again.Pos(), fmt.Sprintf("%s starts a goroutine for each round of a loop, and all send to %s", c.Parent.Name, name(c.Op))},
					{o.Node.Pos(), fmt.Sprintf("the channel is made once, before the loop, with room for %s", room(c.capacity(ch)))},
					{op.Pos(), "one value is received, and this is in no loop"},
				},
			}
			if n := c.rounds(again, o); n != "" {
				d.Fix = c.buffer(n, "Every goroutine can hand its value over and end, also those whose value nobody takes.")
			}
			return d, ""
		}
	}
	return nil, "every receive from the channel is in a loop"
}

// launchedAgain is the loop in which the go statement is reached again without
// a new channel; nil when every goroutine has a channel of its own.
func (c *Case) launchedAgain(o *code.Origin) ast.Node {
	step := c.launchStep(o.In)
	if step == nil {
		return nil
	}
	return c.loopAround(o.In, step, o.Node)
}

// loopAround is the innermost loop of f that holds a step and not the node without.
func (c *Case) loopAround(f *code.Func, step, without ast.Node) ast.Node {
	var loop ast.Node
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.ForStmt, *ast.RangeStmt:
			if holds(n, step) && !(without != nil && holds(n, without)) {
				loop = n
			}
		}
		return true
	})
	return loop
}

func holds(outer, inner ast.Node) bool {
	return outer.Pos() <= inner.Pos() && inner.End() <= outer.End()
}

// loopsOver says whether a receive is repeated for one channel.
func (c *Case) loopsOver(f *code.Func, op *code.Op, o *code.Origin) bool {
	if f == o.In {
		return c.loopAround(f, op.Node, o.Node) != nil
	}
	return c.loopAround(f, op.Node, nil) != nil
}

// rounds is how often a loop runs, as an expression that can stand where the channel is made; "" when there is none.
func (c *Case) rounds(loop ast.Node, o *code.Origin) string {
	var x ast.Expr
	length := false
	switch l := loop.(type) {
	case *ast.RangeStmt:
		t := o.In.Pkg.Info.TypeOf(l.X)
		if t == nil {
			return ""
		}
		switch u := t.Underlying().(type) {
		case *types.Slice, *types.Array, *types.Map:
			x, length = l.X, true
		case *types.Basic:
			if u.Info()&types.IsInteger != 0 {
				x = l.X
			}
		}
	case *ast.ForStmt:
		if cond, ok := l.Cond.(*ast.BinaryExpr); ok && cond.Op.String() == "<" {
			x = cond.Y
		}
	}
	if x == nil || !c.visible(x, o) {
		return ""
	}
	if length {
		return "len(" + types.ExprString(x) + ")"
	}
	return types.ExprString(x)
}

// visible says whether an expression means the same where the channel is made:
// it is made of names that are declared before, and calls nothing.
func (c *Case) visible(x ast.Expr, o *code.Origin) bool {
	ok := true
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr, *ast.FuncLit:
			ok = false
		case *ast.Ident:
			obj := o.In.Pkg.Info.ObjectOf(n)
			if v, isVar := obj.(*types.Var); isVar && !v.IsField() && v.Pos() > o.Node.Pos() {
				ok = false
			}
		}
		return ok
	})
	return ok
}
