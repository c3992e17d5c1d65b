package code

import (
	"go/ast"
	"go/types"
)

// Taken is a place at which a function comes to hold a lock: a Lock or RLock,
// or the call of a function that leaves it taken for its caller.
type Taken struct {
	Op   *Op      // the Lock or RLock
	In   *Func    // who holds it then
	Step ast.Node // of In: Op.Node, or the call
	Path Path     // which lock it is, in In's names
}

// locks holds what was worked out about locks.
type locks struct {
	takes  map[*Func][]Taken
	leaves map[*Func][]Taken
	gives  map[*Func][]*Op
	under  map[taken][]Under
	names  map[*Func]map[types.Object]*named
}

func newLocks() locks {
	return locks{
		takes: map[*Func][]Taken{}, leaves: map[*Func][]Taken{}, gives: map[*Func][]*Op{}, under: map[taken][]Under{},
		names: map[*Func]map[types.Object]*named{},
	}
}

// Takes are the places at which a function comes to hold a lock.
func (p *Program) Takes(f *Func) []Taken {
	if f == nil || primitive(f) {
		return nil
	}
	if out, ok := p.locks.takes[f]; ok {
		return out
	}
	p.locks.takes[f] = nil // a function that calls itself
	var out []Taken
	for _, op := range p.OpsIn(f, Lock, RLock) {
		if !op.Deferred {
			out = append(out, Taken{op, f, op.Node, p.Receiver(f, op.Node.(*ast.CallExpr))})
		}
	}
	for _, c := range p.CallsIn(f) {
		if c.Kind != Plain {
			continue
		}
		for _, g := range c.Callees {
			for _, left := range p.Leaves(g) {
				out = append(out, Taken{left.Op, f, c.Expr, p.Outward(left.Path, g, c)})
			}
		}
	}
	p.locks.takes[f] = out
	return out
}

// Leaves are the locks that a function takes on behalf of its callers: it gives
// them back nowhere, and somebody who calls it does.
func (p *Program) Leaves(g *Func) []Taken {
	if out, ok := p.locks.leaves[g]; ok {
		return out
	}
	p.locks.leaves[g] = nil
	var out []Taken
	for _, t := range p.Takes(g) {
		if p.givesBack(g, t.Op, true) || !p.callersGive(g, t.Op) {
			continue
		}
		out = append(out, t)
	}
	p.locks.leaves[g] = out
	return out
}

// callersGive says whether a caller of g gives the lock back.
func (p *Program) callersGive(g *Func, op *Op) bool {
	for _, c := range p.callersOf[g] {
		if c.In != nil && c.In != g && p.givesBack(c.In, op, false) {
			return true
		}
	}
	return false
}

// givesBack says whether a function gives back a lock somewhere: itself, in a
// function it calls or defers, or, unless they are only handed on, in a literal in it.
func (p *Program) givesBack(f *Func, op *Op, own bool) bool {
	want := giving(op.Kind)
	for _, other := range p.OpsIn(f, want) {
		if other.On.Same(op.On) {
			return true
		}
	}
	for _, c := range p.CallsIn(f) {
		for _, g := range c.Callees {
			for _, given := range p.Gives(g) {
				if given.Kind == want && given.On.Same(op.On) {
					return true
				}
			}
		}
	}
	if own {
		return false
	}
	for _, other := range p.Ops(op.On, want) {
		if other.In != nil && other.In != f && other.In.Within(f) {
			return true
		}
	}
	return false
}

// giving is what gives back a lock that was taken so.
func giving(k OpKind) OpKind {
	if k == RLock {
		return RUnlock
	}
	return Unlock
}

// Gives are the Unlocks of locks that a function does not take itself: those it gives back for others.
func (p *Program) Gives(g *Func) []*Op {
	if out, ok := p.locks.gives[g]; ok {
		return out
	}
	p.locks.gives[g] = nil
	var out []*Op
	add := func(op *Op) {
		if !p.takesFirst(g, op) {
			out = append(out, op)
		}
	}
	for _, op := range p.OpsIn(g, Unlock, RUnlock) {
		add(op)
	}
	for _, c := range p.CallsIn(g) {
		if c.Kind != Plain && c.Kind != Defer {
			continue
		}
		for _, h := range c.Callees {
			for _, op := range p.Gives(h) {
				add(op)
			}
		}
	}
	p.locks.gives[g] = out
	return out
}

// takesFirst says whether a function takes the lock itself that op gives back:
// by a Lock of its own or by calling one that locks and does not unlock.
func (p *Program) takesFirst(g *Func, op *Op) bool {
	locks := func(f *Func) bool {
		for _, t := range p.OpsIn(f, Lock, RLock) {
			if t.On.Same(op.On) && giving(t.Kind) == op.Kind {
				return true
			}
		}
		return false
	}
	if locks(g) {
		return true
	}
	for _, c := range p.CallsIn(g) {
		if c.Kind != Plain {
			continue
		}
		for _, h := range c.Callees {
			if locks(h) && !p.unlocks(h, op) {
				return true
			}
		}
	}
	return false
}

// unlocks says whether a function does what op does, itself.
func (p *Program) unlocks(f *Func, op *Op) bool {
	for _, other := range p.OpsIn(f, op.Kind) {
		if other.On.Same(op.On) {
			return true
		}
	}
	return false
}

// Releases says whether a step gives back a lock: the Unlock, or a call of a
// function that does, also in another goroutine to which the lock is handed.
// A deferred one gives nothing back before the function ends.
func (p *Program) Releases(n ast.Node, t Taken, deferred bool) bool {
	_, isDefer := n.(*ast.DeferStmt)
	if isDefer && !deferred {
		return false
	}
	want := giving(t.Op.Kind)
	step := n
	if call := callOf(n); call != nil {
		step = call
	}
	for _, op := range p.index.opsAt[step] {
		if op.Kind == want && op.On.Same(t.Op.On) && (!op.Deferred || isDefer) {
			return !p.Receiver(op.In, op.Node.(*ast.CallExpr)).IsNot(t.Path)
		}
	}
	for _, c := range p.CallsOf(n) {
		for _, g := range c.Callees {
			for _, op := range p.Gives(g) {
				if op.Kind == want && op.On.Same(t.Op.On) {
					return true
				}
			}
		}
	}
	return false
}

// Takers are all places at which some function comes to hold a lock.
func (p *Program) Takers(v *Value) []Taken {
	var out []Taken
	seen := map[*Func]bool{}
	var add func(f *Func)
	add = func(f *Func) {
		if f == nil || seen[f] {
			return
		}
		seen[f] = true
		for _, t := range p.Takes(f) {
			if t.Op.On.Same(v) {
				out = append(out, t)
			}
		}
		for _, left := range p.Leaves(f) {
			if left.Op.On.Same(v) {
				for _, c := range p.callersOf[f] {
					add(c.In)
				}
				return
			}
		}
	}
	for _, op := range p.Ops(v, Lock, RLock) {
		add(op.In)
	}
	return out
}

// LeavesTaken says whether a function that takes a lock leaves it to its callers to give it back.
func (p *Program) LeavesTaken(t Taken) bool { return p.callersGive(t.In, t.Op) }

// GivesBack says whether a function gives back a lock somewhere, also in a literal in it.
func (p *Program) GivesBack(f *Func, t Taken) bool { return p.givesBack(f, t.Op, false) }
