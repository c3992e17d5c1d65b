package mechanism

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
)

// contextWatcher: the goroutines are those that package context starts for the
// child of a context of a foreign type. They end with the child.
func contextWatcher(c *Case) (*Decision, string) {
	if !slices.ContainsFunc(c.Stack, func(f string) bool { return strings.Contains(f, "propagateCancel") }) {
		return nil, ""
	}
	derives := c.foreign()
	if len(derives) == 0 {
		return nil, "no context that was read has a parent of a type of its own"
	}
	d := c.uncancelled(derives)
	if d == nil {
		return nil, "every child's cancel function is called"
	}
	d.Evidence = append([]Place{{d.Cause.Pos, "the parent may be a context of a type that package context does not know: it starts a goroutine that waits until parent or child end"}}, d.Evidence...)
	return d, ""
}

// foreign are the calls of context.With… whose parent is of a type of the
// program, or where the parent comes from is not seen; all others, when there are none.
func (c *Case) foreign() []*code.Op {
	var own, unknown, all []*code.Op
	for _, d := range c.Program.All(code.Derive) {
		if d.Other == nil || d.In == nil {
			continue
		}
		all = append(all, d)
		t := d.In.Pkg.Info.TypeOf(d.Node.(*ast.CallExpr).Args[0])
		if name := code.TypeName(t); name != "context.Context" && !strings.HasPrefix(name, "context.") {
			own = append(own, d)
			continue
		}
		if d.From != nil && len(c.Program.Ops(d.From, code.Derive)) == 0 && len(d.From.Origins()) == 0 {
			unknown = append(unknown, d)
		}
	}
	switch {
	case len(own)+len(unknown) > 0:
		return append(own, unknown...)
	}
	return all
}
