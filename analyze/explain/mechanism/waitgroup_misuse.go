package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// waitGroupMisuse: a WaitGroup waits for a Done that does not come.
func waitGroupMisuse(c *Case) (*Decision, string) {
	if c.Op == nil {
		return nil, ""
	}
	if c.locks() {
		d := c.decideBy(analyze.WaitGroupMisuse)
		return d, ""
	}
	if c.Op.Kind != code.Wait || c.onCond() {
		return nil, ""
	}
	call, ok := c.Op.Node.(*ast.CallExpr)
	if !ok || code.FullName(c.Op.In.Pkg, call) != "(*sync.WaitGroup).Wait" {
		return nil, "a group that runs its members itself knows when they have ended: one of them has not"
	}
	w := &waitGroup{c: c, wg: c.Op.On, always: map[*code.Func]int{}}
	for _, look := range []func() *Decision{
		func() *Decision { return c.decideBy(analyze.WaitGroupMisuse) },
		w.waitsForItself, w.copied, w.leftOut, w.wrongAdd, w.nobody,
	} {
		if d := look(); d != nil {
			return d, ""
		}
	}
	return nil, "every worker that was read calls Done on all its ways: one of them has not ended"
}

// leftOut: a worker leaves on some way without Done.
func (w *waitGroup) leftOut() *Decision {
	c := w.c
	list, starts := w.workers()
	for _, f := range list {
		exits := w.forgets(f)
		if len(exits) == 0 {
			continue
		}
		at := f
		for range deepest { // the fault is in the function that comes to Done on some of its ways only
			inner := w.partial(at)
			if inner == nil {
				break
			}
			at, exits = inner, w.forgets(inner)
		}
		pos, how := leaving(exits[0])
		d := &Decision{
			Sure:  true,
			Cause: Place{pos, fmt.Sprintf("%s %s here without Done", at.Name, how)},
			Evidence: []Place{
				{c.Op.Pos(), fmt.Sprintf("Wait waits until as many have called Done as were added to %s", name(c.Op))},
				{starts[f].Expr.Pos(), fmt.Sprintf("%s starts %s, which is to call Done", inName(starts[f].In), f.Name)},
				{pos, fmt.Sprintf("there is a way through %s on which it %s without Done", at.Name, how)},
			},
		}
		for _, e := range exits[1:] {
			p, h := leaving(e)
			d.Others = append(d.Others, Place{p, fmt.Sprintf("%s %s here without Done", at.Name, h)})
		}
		var dones []*code.Op
		for _, op := range w.dones() {
			if op.In != nil && op.In.Within(at) {
				d.Evidence = append(d.Evidence, Place{op.Pos(), "on other ways Done is called here"})
				dones = append(dones, op)
			}
		}
		d.Fix = w.deferDone(at, dones, exits)
		return d
	}
	return nil
}

// waitsForItself: the goroutine that waits is one of those that are waited for.
func (w *waitGroup) waitsForItself() *Decision {
	c := w.c
	wanted := c.outer(c.lockPath(c.Op), 0)
	for k, fr := range c.frames() {
		for _, op := range c.Program.Ops(w.wg, code.Done) {
			in := op.In
			if in == nil || in != fr.Func && !(in.Outer == fr.Func && in.Lit != nil && deferredLiteral(fr.Func, in.Lit)) || in == fr.Func && !op.Deferred {
				continue
			}
			if c.outer(c.lockPath(op), k).Differs(wanted) {
				continue
			}
			return w.itself(Place{op.Pos(), fmt.Sprintf("%s calls Done only when it ends", fr.Func.Name)}, c.outer(c.lockPath(op), k).Is(wanted))
		}
	}
	if l := c.Launch; l != nil && l.Kind == code.Launch && l.Name == "(*sync.WaitGroup).Go" {
		for _, op := range c.Program.OpsOf(l.Expr) {
			if op.Kind == code.Add && op.On.Same(w.wg) && (c.Parent == nil || !c.lockPath(op).Differs(wanted)) {
				return w.itself(Place{l.Expr.Pos(), "the goroutine was started by Go of the same WaitGroup, whose Done comes when it ends"}, c.lockPath(op).Is(wanted) || len(wanted.Steps) == 0)
			}
		}
	}
	return nil
}

func deferredLiteral(f *code.Func, lit *ast.FuncLit) bool {
	found := false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if d, ok := n.(*ast.DeferStmt); ok && ast.Unparen(d.Call.Fun) == ast.Expr(lit) {
			found = true
		}
		return !found
	})
	return found
}

func (w *waitGroup) itself(done Place, sure bool) *Decision {
	return &Decision{
		Sure:     sure,
		Cause:    Place{w.c.Op.Pos(), "the goroutine waits for its own Done"},
		Others:   []Place{done},
		Evidence: []Place{{w.c.Op.Pos(), "Wait is called in a goroutine that is counted itself"}, done},
		Fix:      stepsFix("Wait in a goroutine that is not counted", "Wait can end when all that are counted have.", fmt.Sprintf("move the Wait on line %d out of the goroutines that call Done, or do not add the one that waits", w.c.Program.Position(w.c.Op.Pos()).Line)),
	}
}

// copied: a worker calls Done on a copy.
func (w *waitGroup) copied() *Decision {
	c := w.c
	for _, op := range c.Program.Ops(w.wg, code.Done) {
		if op.In == nil {
			continue
		}
		v, ok := c.lockPath(op).Root.(*types.Var)
		if !ok || c.lockPath(op).Steps != "" || code.TypeName(v.Type()) != "sync.WaitGroup" || pointer(v.Type()) {
			continue
		}
		for i, p := range op.In.Params() {
			if p != v {
				continue
			}
			for _, call := range c.Program.CallersOf(op.In) {
				if i >= len(call.Expr.Args) || call.Kind == code.Launch {
					continue
				}
				return &Decision{
					Sure:   true,
					Cause:  Place{call.Expr.Pos(), fmt.Sprintf("%s hands the WaitGroup over as a copy", inName(call.In))},
					Others: []Place{{v.Pos(), "the parameter should be a pointer"}, {op.Pos(), "Done counts down the copy"}},
					Evidence: []Place{{v.Pos(), fmt.Sprintf("%s takes the WaitGroup by value", op.In.Name)}, {op.Pos(), "Done counts down this copy, and not what Wait looks at"},
						{c.Op.Pos(), "Wait looks at the original"}},
					Fix: stepsFix("Hand the WaitGroup over as a pointer", "Done and Wait then are of one WaitGroup.", fmt.Sprintf("make the parameter %s on line %d a *sync.WaitGroup and hand over its address on line %d", v.Name(), c.Program.Position(v.Pos()).Line, c.Program.Line(call.Expr))),
				}
			}
		}
	}
	return nil
}

func pointer(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.Pointer)
	return ok
}
