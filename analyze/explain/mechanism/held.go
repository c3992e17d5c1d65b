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
	frames := c.frames()
	if len(frames) == 0 {
		frames = []Frame{{Func: c.Op.In, Pos: c.Op.Pos()}}
	}
	var out []held
	steps := []ast.Node{c.opStep()}
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

// frames are those from the operation's function outwards: a Lock's own code may be read, too.
func (c *Case) frames() []Frame {
	for i, fr := range c.Frames {
		if c.Op != nil && fr.Func == c.Op.In {
			if c.Op.Deferred && i+1 < len(c.Frames) && c.Frames[i+1].Func == fr.Func {
				i++ // the compiler's function around a deferred call, and the one that deferred it
			}
			return c.Frames[i:]
		}
	}
	return nil
}

// opStep is the step that the operation is: of a deferred one its statement.
func (c *Case) opStep() ast.Node {
	if !c.Op.Deferred {
		return c.Op.Node
	}
	return c.Program.Graph(c.Op.In).Find(func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		return ok && ast.Node(d.Call) == c.Op.Node
	})
}

// callsOut are the calls that lead from frame k inwards to the operation, the outermost first.
func (c *Case) callsOut(k int) []*code.Call {
	frames := c.frames()
	var out []*code.Call
	for ; k > 0 && k < len(frames); k-- {
		if call := c.callOf(frames[k], frames[k-1].Func); call != nil {
			out = append(out, call)
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
	frames := c.frames()
	for ; k+1 < len(frames); k++ {
		path = c.Program.Outward(path, frames[k].Func, c.callOf(frames[k+1], frames[k].Func))
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
