package mechanism

import (
	"fmt"
	"go/ast"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// neverDone are the contexts without an end whose Done is the channel: that is nil.
func (c *Case) neverDone() []unset {
	var out []unset
	for _, call := range c.Program.Calls() {
		if call.Name != "(context.Context).Done" || call.In == nil {
			continue
		}
		sel, ok := ast.Unparen(call.Expr.Fun).(*ast.SelectorExpr)
		if !ok || !c.isWaitedFor(call) {
			continue
		}
		for _, o := range c.Program.Value(call.Pkg, sel.X).Origins() {
			root, ok := o.Node.(*ast.CallExpr)
			pkg := c.packageOf(o)
			if !ok || pkg == nil {
				continue
			}
			switch made := code.FullName(pkg, root); made {
			case "context.Background", "context.TODO":
				out = append(out, unset{node: root, near: c.launchStep(call.In) != nil, done: call.Expr, text: fmt.Sprintf("the Done of %s, which %s asks for, is nil: this context never ends", made, call.In.Name)})
			}
		}
	}
	return out
}

// endContext are the steps for a channel that is nil because its context never ends.
func (c *Case) endContext(u unset) *repair.Fix {
	return &repair.Fix{
		Title: "Wait for a context that ends", Why: "What waits for its end goes on then.",
		Steps: []string{fmt.Sprintf("make the context of %s by context.WithCancel or its like, and cancel it when what is begun at %s is over", c.where(u.node.Pos()), c.where(u.done.Pos()))},
	}
}

// isWaitedFor says whether a call of Done gives the channel that the goroutines wait for.
func (c *Case) isWaitedFor(call *code.Call) bool {
	return c.Program.Value(call.Pkg, call.Expr).Same(c.Op.On)
}
