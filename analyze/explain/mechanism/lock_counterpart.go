package mechanism

import (
	"go/ast"

	"github.com/logcap/logcap/analyze/explain/code"
)

// counterpart is who has to do something for an operation to go on, and where it needs the lock for that.
type counterpart struct {
	op   *code.Op // the other end of the channel
	lock *code.Op // the lock that is asked for
	// by is the function in which both happen, lockStep and opStep its steps.
	by               *code.Func
	lockStep, opStep ast.Node
	// certain: it is the same lock, as far as its names tell, and no other function can be meant by a call between.
	certain bool
	// first: the lock is needed to come to the operation, and not only behind it.
	first bool
}

// counterparts are those that end an operation's wait and need a lock.
func (c *Case) counterparts(op *code.Op, t code.Taken, holder *code.Func) []counterpart {
	kinds := []code.OpKind{code.Receive, code.Range}
	switch op.Kind {
	case code.Receive, code.Range:
		kinds = []code.OpKind{code.Send, code.Close}
	case code.Wait:
		kinds = []code.OpKind{code.Done}
	}
	var out []counterpart
	for _, other := range c.Program.Ops(op.On, kinds...) {
		if other.In == nil || other.In == op.In || other.In == holder {
			continue
		}
		if n := c.needs(other, t, holder); n != nil {
			out = append(out, *n)
		}
	}
	if op.Kind == code.Wait {
		out = append(out, c.members(op, t)...)
	}
	return out
}

// members are the functions that Go of a WaitGroup runs and that need the lock before they end.
func (c *Case) members(op *code.Op, t code.Taken) []counterpart {
	var out []counterpart
	for _, add := range c.Program.Ops(op.On, code.Add) {
		for _, call := range c.Program.CallsOf(add.Node) {
			if call.Kind != code.Launch {
				continue
			}
			for _, f := range call.Callees {
				for _, s := range c.stepsTaking(f, t.Op.On) {
					if path := c.lockPath(s.op); s.op.In != f || path.MayBe(t.Path) {
						out = append(out, counterpart{op: add, lock: s.op, by: f, lockStep: s.step, opStep: s.step, certain: s.one && len(call.Callees) == 1, first: true})
					}
				}
			}
		}
	}
	return out
}

// needs looks for the lock in the function that does the operation, in what it
// calls, and in those that call it.
func (c *Case) needs(op *code.Op, t code.Taken, holder *code.Func) *counterpart {
	p := c.Program
	type at struct {
		f    *code.Func
		step ast.Node
		one  bool
	}
	queue := []at{{op.In, op.Node, true}}
	seen := map[*code.Func]bool{op.In: true}
	for i := 0; i < len(queue) && i < 20; i++ {
		f, step := queue[i].f, queue[i].step
		if f == holder {
			continue
		}
		g := p.Graph(f)
		var behind *counterpart
		for _, s := range c.stepsTaking(f, t.Op.On) {
			if s.step == step {
				continue
			}
			path := c.lockPath(s.op)
			if s.op.In != f {
				path = c.Program.Outward(path, s.op.In, s.call)
			}
			if !path.MayBe(t.Path) {
				continue
			}
			n := &counterpart{op: op, lock: s.op, by: f, lockStep: s.step, opStep: step, certain: queue[i].one && s.one}
			switch {
			case op.Deferred || g.Before(s.step, step):
				n.first = true
				return n
			case behind == nil && g.Before(step, s.step):
				behind = n
			}
		}
		if behind != nil {
			return behind
		}
		for _, call := range p.CallersOf(f) {
			if call.In == nil || seen[call.In] || call.Kind == code.Go || call.Kind == code.Launch {
				continue
			}
			if s := c.stepOf(call.In, call); s != nil {
				seen[call.In] = true
				queue = append(queue, at{call.In, s, queue[i].one && len(call.Callees) == 1})
			}
		}
	}
	return nil
}

// taking is a step of a function that comes to take a lock, and the Lock.
type taking struct {
	step ast.Node
	op   *code.Op
	call *code.Call // that leads to it; nil for the Lock itself
	one  bool       // no other function can be meant by the call
}

// stepsTaking are the steps of f that take a lock, themselves or in what they call.
func (c *Case) stepsTaking(f *code.Func, v *code.Value) []taking {
	var out []taking
	for _, op := range c.Program.OpsIn(f, code.Lock, code.RLock) {
		if op.On.Same(v) {
			out = append(out, taking{op.Node, op, nil, true})
		}
	}
	takers := c.takersUp(v)
	for _, call := range c.Program.CallsIn(f) {
		if call.Kind != code.Plain && call.Kind != code.Defer {
			continue
		}
		for _, g := range call.Callees {
			if op := takers[g]; op != nil && g != f {
				if s := c.stepOf(f, call); s != nil {
					out = append(out, taking{s, op, call, len(call.Callees) == 1})
				}
			}
		}
	}
	return out
}

// takersUp are the functions that take a lock, and those that call them, over some calls.
func (c *Case) takersUp(v *code.Value) map[*code.Func]*code.Op {
	out := map[*code.Func]*code.Op{}
	var queue []*code.Func
	for _, op := range c.Program.Ops(v, code.Lock, code.RLock) {
		if op.In != nil && out[op.In] == nil {
			out[op.In] = op
			queue = append(queue, op.In)
		}
	}
	for level := 0; level < deepest-1 && len(queue) > 0; level++ {
		var next []*code.Func
		for _, f := range queue {
			for _, call := range c.Program.CallersOf(f) {
				if call.In != nil && out[call.In] == nil && (call.Kind == code.Plain || call.Kind == code.Defer) {
					out[call.In] = out[f]
					next = append(next, call.In)
				}
			}
		}
		queue = next
	}
	return out
}
