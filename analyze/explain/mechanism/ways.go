package mechanism

import (
	"go/ast"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// ways looks for ways out of functions that miss every end.
type ways struct {
	c    *Case
	ends []code.Use
	// given are calls that may give the value: who gets an error instead has nothing to end.
	given []*code.Call
	seen  map[*code.Func]bool
}

// out are the ways from a call, from the beginning of f when it is nil, that miss every end; has says whether there is an end in f.
func (w *ways) out(f *code.Func, call *ast.CallExpr) (exits []exit, has bool) {
	if w.seen[f] {
		return nil, false
	}
	w.seen[f] = true
	steps := w.steps(f)
	if len(steps) == 0 {
		return nil, false
	}
	g := w.c.Program.Graph(f)
	var from ast.Node
	if call != nil {
		from = w.c.Program.StepOf(f, call)
		if from == nil {
			return nil, false
		}
		delete(steps, from) // what ends it inside the call says nothing of this function
		if len(steps) == 0 {
			return nil, false
		}
		// an end deferred before it is made, for what the variable holds in the end
		early, _ := g.Search(nil, func(n ast.Node) bool { return n == from }, func(n ast.Node) bool {
			_, deferred := n.(*ast.DeferStmt)
			return deferred && steps[n] != nil
		})
		if len(early) > 0 {
			return nil, true
		}
	}
	stop := func(n ast.Node) bool { return steps[n] != nil || n == from }
	found, outs := g.Search(from, stop, func(n ast.Node) bool { return steps[n] != nil })
	guards := w.guards(f, from)
	for _, n := range outs {
		if !slices.ContainsFunc(guards, func(i *ast.IfStmt) bool { return holds(i.Body, n) }) {
			exits = append(exits, exit{in: f, node: n, loose: w.looped(f, steps, from, n)})
		}
	}
	if len(exits) > 0 {
		return exits, true
	}
	for _, n := range found {
		if other, call := w.spared(n, steps[n]); other != nil {
			return []exit{{in: other, node: other.Body, call: call, sure: w.c.takesAll(f, call)}}, true
		}
		for _, next := range steps[n] {
			if next == nil || stops(next) {
				continue
			}
			if inner, ok := w.out(next, nil); ok && len(inner) > 0 {
				return inner, true
			}
		}
	}
	return nil, len(found) > 0 || len(outs) == 0
}

// guards are the checks of f for the error of a call that was to give the value: from, or one of those that are asked for it.
func (w *ways) guards(f *code.Func, from ast.Node) []*ast.IfStmt {
	var out []*ast.IfStmt
	add := func(n ast.Node) {
		if i := w.c.guard(f, n); i != nil && !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	add(from)
	for _, call := range w.given {
		if call.In == f {
			add(w.c.Program.StepOf(f, call.Expr))
		}
	}
	return out
}

// looped says whether one of the ends is in a loop that holds neither the beginning nor the way out.
func (w *ways) looped(f *code.Func, steps map[ast.Node][]*code.Func, from, way ast.Node) bool {
	for n := range steps {
		if _, ok := n.(*ast.RangeStmt); ok { // comes before its own rounds
			n = w.c.Program.Parent(n)
		}
		if loop := w.c.loopAround(f, n, from); loop != nil && !holds(loop, way) {
			return true
		}
	}
	return false
}

// spared is a function that a call of a function value may call as well, and which ends nothing.
func (w *ways) spared(n ast.Node, ending []*code.Func) (*code.Func, *ast.CallExpr) {
	x, ok := n.(*ast.CallExpr)
	if !ok {
		return nil, nil
	}
	call := w.c.Program.CallOf(x)
	if call == nil || call.Name != "" {
		return nil, nil
	}
	for _, f := range call.Callees {
		if !slices.Contains(ending, f) {
			return f, x
		}
	}
	return nil, nil
}

// steps are the steps of f at which something is ended, each with the functions
// in which that happens; nil for the end itself.
func (w *ways) steps(f *code.Func) map[ast.Node][]*code.Func {
	out := map[ast.Node][]*code.Func{}
	add := func(n ast.Node, next *code.Func) {
		if n != nil && !slices.Contains(out[n], next) {
			out[n] = append(out[n], next)
		}
	}
	p := w.c.Program
	for _, u := range w.ends {
		for i := 0; i <= len(u.Via); i++ {
			var node ast.Node = u.Node
			in := u.In
			var next *code.Func
			if i < len(u.Via) {
				node, in = u.Via[i].Expr, u.Via[i].In
				next = u.In
				if i+1 < len(u.Via) {
					next = u.Via[i+1].In
				}
				next = calledBy(u.Via[i], next)
			}
			switch {
			case in == f:
				add(p.StepOf(f, node), next)
			case in != nil && in.Lit != nil:
				for _, step := range p.LiftTo(f, in) {
					add(step, in)
				}
			}
		}
	}
	return out
}

// calledBy is the function of a call in which, or in a literal of which, next stands.
func calledBy(call *code.Call, next *code.Func) *code.Func {
	for _, f := range call.Callees {
		if next.Within(f) {
			return f
		}
	}
	return next
}
