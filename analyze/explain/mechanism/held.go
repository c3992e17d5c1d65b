package mechanism

import (
	"go/ast"

	"github.com/logcap/logcap/analyze/explain/code"
)

// held is a lock that the waiting goroutine holds itself, by its stack.
type held struct {
	code.Taken
	// frame is the index of the frame that took it.
	frame int
	// step is what that frame does while it holds the lock: the operation itself or the call that leads to it.
	step ast.Node
	// outer is the lock's path in the names of the outermost frame.
	outer code.Path
}

// locks says that the goroutines wait for a lock.
func (c *Case) locks() bool {
	return c.Op != nil && (c.Op.Kind == code.Lock || c.Op.Kind == code.RLock)
}

// holding are the locks that the goroutines hold while they wait, the innermost frame's first.
func (c *Case) holding() []held {
	if c.Op == nil || c.Op.In == nil {
		return nil
	}
	p := c.Program
	frames := c.Frames
	if len(frames) == 0 || frames[0].Func != c.Op.In {
		frames = []Frame{{Func: c.Op.In, Pos: c.Op.Pos()}}
	}
	var out []held
	steps := []ast.Node{c.Op.Node}
	for k, fr := range frames {
		if k > 0 {
			steps = append(steps, c.stepTo(fr, frames[k-1].Func))
		}
		if steps[k] == nil {
			continue
		}
		for _, t := range p.HeldAt(fr.Func, steps[k]) {
			kept := true
			for j := range k {
				kept = kept && (steps[j] == nil || p.KeepsTo(frames[j].Func, steps[j], t))
			}
			if kept {
				out = append(out, held{t, k, steps[k], c.outer(t.Path, k)})
			}
		}
	}
	return out
}

// stepTo is the step of a frame that leads to the next inner function, also a deferred one.
func (c *Case) stepTo(fr Frame, inner *code.Func) ast.Node {
	g := c.Program.Graph(fr.Func)
	if fr.Call != nil && g.Holds(fr.Call) {
		return fr.Call
	}
	for _, call := range c.Program.CallersOf(inner) {
		if call.In == fr.Func && (call.Kind == code.Defer || fr.Call == nil && call.Kind == code.Plain) {
			return c.stepOf(fr.Func, call)
		}
	}
	return nil
}

// outer is a path of frame k in the names of the outermost frame.
func (c *Case) outer(path code.Path, k int) code.Path {
	for ; k+1 < len(c.Frames); k++ {
		path = c.Program.Outward(path, c.Frames[k].Func, c.callOf(c.Frames[k+1], c.Frames[k].Func))
	}
	return path
}

// callOf is the call of a frame that leads to inner.
func (c *Case) callOf(fr Frame, inner *code.Func) *code.Call {
	var only *code.Call
	for _, call := range c.Program.CallersOf(inner) {
		if call.In != fr.Func {
			continue
		}
		if call.Expr == fr.Call {
			return call
		}
		only = call
	}
	return only
}

// lockPath is the lock that an operation takes or gives back, in its function's names.
func (c *Case) lockPath(op *code.Op) code.Path {
	call, ok := op.Node.(*ast.CallExpr)
	if !ok || op.In == nil {
		return code.Path{}
	}
	return c.Program.Receiver(op.In, call)
}
