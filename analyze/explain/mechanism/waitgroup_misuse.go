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

// waitGroup is what is known of one WaitGroup.
type waitGroup struct {
	c        *Case
	wg       *code.Value
	reached  map[*code.Func]bool
	isHanded int // 1 yes, 2 no, 0 not known
	// always holds whether a function calls Done on all its ways: 1 yes, 2 no, 3 being looked at.
	always map[*code.Func]int
}

// done says whether a step is the Done, a call of what always comes to it, or defers either.
func (w *waitGroup) done(n ast.Node) bool {
	switch n.(type) {
	case *ast.GoStmt:
		return false
	}
	for _, call := range w.c.Program.CallsOf(n) {
		for _, op := range w.c.Program.OpsOf(call.Expr) {
			if op.Kind == code.Done && op.On.Same(w.wg) || w.handedDone(op) {
				return true
			}
		}
		if call.Kind == code.Launch || len(call.Callees) == 0 {
			continue
		}
		all := true
		for _, g := range call.Callees {
			all = all && w.alwaysDone(g)
		}
		if all {
			return true
		}
	}
	return false
}

func (w *waitGroup) alwaysDone(f *code.Func) bool {
	switch w.always[f] {
	case 1:
		return true
	case 2, 3:
		return false
	}
	w.always[f] = 3
	out := 2
	if w.reaches(f) && len(w.forgets(f)) == 0 {
		out = 1
	}
	w.always[f] = out
	return out == 1
}

// forgets are the ways out of a function that come by no Done.
func (w *waitGroup) forgets(f *code.Func) []ast.Node {
	_, exits := w.c.Program.Graph(f).Search(nil, w.done, nil)
	return exits
}

// reaches says whether a function comes to a Done on some way, over some calls.
func (w *waitGroup) reaches(f *code.Func) bool { return w.reachable()[f] }

// handedDone: the call of a function value that may be this WaitGroup's Done,
// where that is handed on as a value.
func (w *waitGroup) handedDone(op *code.Op) bool {
	if op.Kind != code.Invoke || !w.handed() {
		return false
	}
	for _, obj := range op.On.Objects() {
		if fn, ok := obj.(*types.Func); ok && fn.FullName() == "(*sync.WaitGroup).Done" {
			return true
		}
	}
	return false
}

// handed says whether the WaitGroup's Done is used as a value somewhere.
func (w *waitGroup) handed() bool {
	if w.isHanded != 0 {
		return w.isHanded == 1
	}
	w.isHanded = 2
	for _, pkg := range w.c.Program.Packages {
		for sel, s := range pkg.Info.Selections {
			if fn, ok := s.Obj().(*types.Func); !ok || fn.FullName() != "(*sync.WaitGroup).Done" {
				continue
			}
			if w.wg.Same(w.c.Program.Value(pkg, sel.X)) && !w.called(sel) {
				w.isHanded = 1
				return true
			}
		}
	}
	return false
}

// called says whether a selector is the function of a call.
func (w *waitGroup) called(sel *ast.SelectorExpr) bool {
	for _, op := range w.c.Program.Ops(w.wg, code.Done) {
		if call, ok := op.Node.(*ast.CallExpr); ok && ast.Unparen(call.Fun) == ast.Expr(sel) {
			return true
		}
	}
	return false
}

// dones are the calls of Done, also of one that was handed on as a value.
func (w *waitGroup) dones() []*code.Op {
	out := w.c.Program.Ops(w.wg, code.Done)
	for _, op := range w.c.Program.All(code.Invoke) {
		if w.handedDone(op) {
			out = append(out, op)
		}
	}
	return out
}

// reachable are the functions that come to a Done.
func (w *waitGroup) reachable() map[*code.Func]bool {
	if w.reached != nil {
		return w.reached
	}
	out := map[*code.Func]bool{}
	w.reached = out
	var queue []*code.Func
	for _, op := range w.dones() {
		if op.In != nil && !out[op.In] {
			out[op.In] = true
			queue = append(queue, op.In)
		}
	}
	for level := 0; level < deepest && len(queue) > 0; level++ {
		var next []*code.Func
		for _, f := range queue {
			for _, call := range w.c.Program.CallersOf(f) {
				if call.In != nil && !out[call.In] && (call.Kind == code.Plain || call.Kind == code.Defer) {
					out[call.In] = true
					next = append(next, call.In)
				}
			}
		}
		queue = next
	}
	return out
}

// workers are the functions that are started and come to a Done, each with the call that starts it.
func (w *waitGroup) workers() (list []*code.Func, starts map[*code.Func]*code.Call) {
	starts = map[*code.Func]*code.Call{}
	reachable := w.reachable()
	for _, call := range w.c.Program.Calls() {
		if call.Kind != code.Go && call.Kind != code.Launch {
			continue
		}
		for _, f := range call.Callees {
			if reachable[f] && starts[f] == nil {
				starts[f] = call
				list = append(list, f)
			}
		}
	}
	return list, starts
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

func inName(f *code.Func) string {
	if f == nil {
		return "an initialiser"
	}
	return f.Name
}

// partial is the function that f calls on all its ways, or all but those with a Done, and that forgets Done on some of its own.
func (w *waitGroup) partial(f *code.Func) *code.Func {
	var inner *code.Func
	calls := func(n ast.Node) bool {
		for _, call := range w.c.Program.CallsOf(n) {
			if call.Kind != code.Plain && call.Kind != code.Defer {
				continue
			}
			for _, g := range call.Callees {
				if g != f && w.reaches(g) && !w.alwaysDone(g) {
					inner = g
					return true
				}
			}
		}
		return false
	}
	_, exits := w.c.Program.Graph(f).Search(nil, func(n ast.Node) bool { return w.done(n) || calls(n) }, nil)
	if len(exits) > 0 {
		return nil
	}
	return inner
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
