package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strconv"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
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
	many := c.senders(o)
	if many == nil {
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
					{many.at.Pos(), fmt.Sprintf("%s, and all send to %s", many.how, name(c.Op))},
					{o.Node.Pos(), fmt.Sprintf("the channel is made once for them, with room for %s", room(c.capacity(ch)))},
					{op.Pos(), "one value is received, and this is in no loop"},
				},
			}
			d.Fix = c.roomForAll(many, o)
			return d, ""
		}
	}
	return nil, "every receive from the channel is in a loop"
}

// senders are several goroutines that send to one channel.
type senders struct {
	at  ast.Node // the loop, or the second go statement
	how string
	// loop is set when a loop in the function that makes the channel starts them; n is their number otherwise, 0 when it is not known.
	loop ast.Node
	n    int
}

// senders finds what starts several senders for one channel: a loop that the
// channel is made outside of, or several go statements. Nil when every goroutine has a channel of its own.
func (c *Case) senders(o *code.Origin) *senders {
	started := fmt.Sprintf("%s starts a goroutine for each round of a loop", c.Parent.Name)
	if step := c.launchStep(o.In); step != nil {
		if loop := c.loopAround(o.In, step, o.Node); loop != nil {
			return &senders{at: loop, how: started, loop: loop}
		}
	}
	if c.Launch.In != o.In {
		if loop := c.loopAround(c.Launch.In, c.Launch.Expr, nil); loop != nil {
			return &senders{at: loop, how: started}
		}
	}
	var all []*code.Call
	for _, call := range c.Program.Calls() {
		if call.In == o.In && (call.Kind == code.Go || call.Kind == code.Launch) && c.sendsTo(call, c.Op.On) {
			all = append(all, call)
		}
	}
	if len(all) < 2 || !c.Program.Graph(o.In).Before(c.stepOf(o.In, all[0]), c.stepOf(o.In, all[1])) {
		return nil
	}
	return &senders{at: all[1].Expr, how: fmt.Sprintf("%s starts %d goroutines", o.In.Name, len(all)), n: len(all)}
}

// sendsTo says whether what a call launches sends to the channel, itself or in a literal inside it.
func (c *Case) sendsTo(call *code.Call, ch *code.Value) bool {
	for _, op := range c.Program.Ops(ch, code.Send) {
		for _, f := range call.Callees {
			if op.In != nil && op.In.Within(f) {
				return true
			}
		}
	}
	return false
}

// roomForAll gives the channel as much room as there are senders, as far as their number can be said where it is made.
func (c *Case) roomForAll(s *senders, o *code.Origin) *repair.Fix {
	const why = "Every goroutine can hand its value over and end, also those whose value nobody takes."
	n := ""
	switch {
	case s.n > 0:
		n = strconv.Itoa(s.n)
	case s.loop != nil:
		n = c.rounds(s.loop, o)
	}
	if n != "" {
		return c.buffer(n, why)
	}
	if fix := c.hoisted(s.loop, o, why); fix != nil {
		return fix
	}
	if fix := c.madeByStarter(s, o, why); fix != nil {
		return fix
	}
	return &repair.Fix{Title: "Give the channel room for every sender", Why: why,
		Steps: []string{"make the channel with as much room as goroutines are started, where their number is known; or receive as often as there are senders"}}
}

// hoisted puts what the loop ranges over into a variable before the channel is
// made: it is a call, whose result has to be counted first.
func (c *Case) hoisted(loop ast.Node, o *code.Origin, why string) *repair.Fix {
	r, ok := loop.(*ast.RangeStmt)
	if !ok {
		return nil
	}
	call, ok := ast.Unparen(r.X).(*ast.CallExpr)
	if !ok || !c.sameBlock(o, r) {
		return nil
	}
	if _, ok := c.typeOf(o, r.X).(*types.Slice); !ok || !c.namesBefore(call, o) {
		return nil
	}
	made := statement(o.In, o.Node)
	v := fresh(o.In, "all")
	fix := c.buffer("len("+v+")", why)
	if fix == nil || made == nil {
		return nil
	}
	fix.Edits = append([]repair.Edit{
		{Pos: made.Pos(), End: made.Pos(), New: v + " := " + types.ExprString(call) + "\n"},
		{Pos: r.X.Pos(), End: r.X.End(), New: v},
	}, fix.Edits...)
	return fix
}

func (c *Case) typeOf(o *code.Origin, x ast.Expr) types.Type {
	t := o.In.Pkg.Info.TypeOf(x)
	if t == nil {
		return nil
	}
	return t.Underlying()
}

// sameBlock: the channel is made in a statement of the block that the loop is a statement of.
func (c *Case) sameBlock(o *code.Origin, loop ast.Stmt) bool {
	made := statement(o.In, o.Node)
	same := false
	ast.Inspect(o.In.Body, func(n ast.Node) bool {
		if b, ok := n.(*ast.BlockStmt); ok && slices.Contains(b.List, loop) && slices.Contains(b.List, made) {
			same = true
		}
		return !same
	})
	return same
}

// namesBefore: all that an expression names is declared before the channel is made.
func (c *Case) namesBefore(x ast.Expr, o *code.Origin) bool {
	ok := true
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			ok = false
		case *ast.Ident:
			if v, isVar := o.In.Pkg.Info.ObjectOf(n).(*types.Var); isVar && !v.IsField() && v.Pos() > o.Node.Pos() {
				ok = false
			}
		}
		return ok
	})
	return ok
}

// fresh is a name that a function does not use.
func fresh(f *code.Func, name string) string {
	used := map[string]bool{}
	ast.Inspect(f.Declared().Node(), func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			used[id.Name] = true
		}
		return true
	})
	for used[name] {
		name += "_"
	}
	return name
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
