package mechanism

import (
	"go/ast"

	"github.com/logcap/logcap/analyze/explain/code"
)

// afterWait says whether a use is what the waiting goroutine itself does when its
// wait is over, in a defer or behind the operation: that cannot end the wait.
func (c *Case) afterWait(u code.Use) bool {
	for i := 0; i <= len(u.Via); i++ {
		var node ast.Node = u.Node
		in, deferred := u.In, u.Deferred
		if i < len(u.Via) {
			node, in, deferred = u.Via[i].Expr, u.Via[i].In, u.Via[i].Kind == code.Defer
		}
		if in == nil {
			continue
		}
		if at := c.waitsAt(in); at != nil && (deferred || c.onlyBehind(in, at, node)) {
			return true
		}
	}
	return false
}

// waitsAt is the step of a function in which the goroutines are: the operation, or the call that leads to it. Nil when they are not in it.
func (c *Case) waitsAt(f *code.Func) ast.Node {
	if c.Op != nil && c.Op.In == f {
		return c.Op.Node
	}
	for _, fr := range c.Frames {
		if fr.Func == f && fr.Call != nil {
			return c.Program.StepOf(f, fr.Call)
		}
	}
	return nil
}

// onlyBehind says whether every way to a node of a function comes past a step. Of a select any of its cases is that step.
func (c *Case) onlyBehind(f *code.Func, step, node ast.Node) bool {
	target := c.Program.StepOf(f, node)
	if target == nil || target == step {
		return false
	}
	passes := map[ast.Node]bool{step: true}
	if c.Op.In == f {
		for _, op := range c.Ops {
			passes[op.Node] = true
		}
	}
	found, _ := c.Program.Graph(f).Search(nil, func(n ast.Node) bool { return passes[n] }, func(n ast.Node) bool { return n == target })
	return len(found) == 0
}
