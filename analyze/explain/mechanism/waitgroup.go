package mechanism

import (
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
)

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
