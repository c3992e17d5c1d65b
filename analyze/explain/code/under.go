package code

import "go/ast"

// deepestUnder bounds how many calls are followed from a function that holds a lock.
const deepestUnder = 5

// mostVisits bounds over how many calls one function is looked into: each may mean another lock.
const mostVisits = 8

// mostFuncs bounds how many functions are looked into under one lock: what lies farther says little.
const mostFuncs = 300

// primitive: a function of the packages that locks are made of, whose own locks are no one's business.
func primitive(f *Func) bool {
	switch f.Pkg.Path {
	case "sync", "internal/sync", "runtime", "internal/poll", "golang.org/x/sync/errgroup":
		return true
	}
	return false
}

// Under is an operation that comes while a lock is held.
type Under struct {
	Op *Op
	// Calls are those from the holder to the operation's function, the holder's own first.
	Calls []*Call
	// Path is what the operation is on, in the holder's names; of locks and WaitGroups only.
	Path Path
}

// Under are the operations that come while a lock is held, in the function that
// took it and in those it calls then, until one gives it back.
func (p *Program) Under(t Taken) []Under {
	key := taken{t.In, t.Step, t.Op}
	if out, ok := p.locks.under[key]; ok {
		return out
	}
	out := p.under(t)
	p.locks.under[key] = out
	return out
}

// taken is what tells one Taken from others.
type taken struct {
	in   *Func
	step ast.Node
	op   *Op
}

func (p *Program) under(t Taken) []Under {
	g := p.Graph(t.In)
	if !g.Holds(t.Step) {
		return nil
	}
	u := &under{p: p, t: t, seen: map[*ast.CallExpr]bool{}, times: map[*Func]int{t.In: mostVisits}}
	stop := func(n ast.Node) bool { return p.Releases(n, t, false) }
	steps, _ := g.Search(t.Step, stop, func(ast.Node) bool { return true })
	var givesAtEnd []ast.Node
	for _, n := range steps {
		if d, ok := n.(*ast.DeferStmt); ok && p.Releases(d, t, true) {
			givesAtEnd = append(givesAtEnd, d)
		}
	}
	for _, n := range steps {
		if stop(n) {
			continue
		}
		if d, ok := n.(*ast.DeferStmt); ok && !p.heldAtEnd(g, d, givesAtEnd) {
			continue
		}
		u.step(n, nil)
	}
	return u.out
}

// heldAtEnd: what is deferred behind the deferred Unlock runs before it.
func (p *Program) heldAtEnd(g *Graph, d *ast.DeferStmt, gives []ast.Node) bool {
	for _, r := range gives {
		if r != ast.Node(d) && g.Before(r, d) {
			return true
		}
	}
	return false
}

type under struct {
	p     *Program
	t     Taken
	out   []Under
	seen  map[*ast.CallExpr]bool // calls that were followed
	times map[*Func]int          // how often each function was entered
}

func (u *under) step(n ast.Node, calls []*Call) {
	if _, ok := n.(*ast.GoStmt); ok {
		return
	}
	key := n
	if call := callOf(n); call != nil {
		key = call
	}
	for _, op := range u.p.index.opsAt[key] {
		one := Under{Op: op, Calls: calls}
		if call, ok := op.Node.(*ast.CallExpr); ok && op.Kind != Invoke && op.In != nil {
			one.Path = u.p.OutwardAll(u.p.Receiver(op.In, call), op.In, calls)
		}
		u.out = append(u.out, one)
	}
	if len(calls) == deepestUnder {
		return
	}
	for _, c := range u.p.CallsOf(n) {
		if c.Kind != Plain && c.Kind != Defer || u.seen[c.Expr] {
			continue
		}
		u.seen[c.Expr] = true
		for _, g := range c.Callees {
			if u.times[g] == mostVisits || len(u.times) > mostFuncs || primitive(g) {
				continue
			}
			u.times[g]++
			u.enter(g, append(calls[:len(calls):len(calls)], c))
		}
	}
}

func (u *under) enter(g *Func, calls []*Call) {
	stop := func(n ast.Node) bool { return u.p.Releases(n, u.t, false) }
	steps, _ := u.p.Graph(g).Search(nil, stop, func(ast.Node) bool { return true })
	for _, n := range steps {
		if !stop(n) {
			u.step(n, calls)
		}
	}
}

// OutwardAll says in the names of the first call's function what a path in the names of the last called one is.
func (p *Program) OutwardAll(path Path, in *Func, calls []*Call) Path {
	for i := len(calls) - 1; i >= 0; i-- {
		path = p.Outward(path, in, calls[i])
		in = calls[i].In
	}
	return path
}

// SameLock says whether an operation under a held lock is on that same lock for
// certain: by its path in the holder's names, or, of a literal that the holder
// was handed, in the names of who handed it over.
func (p *Program) SameLock(t Taken, path Path) bool {
	if path.Is(t.Path) {
		return path.Fixed && t.Path.Fixed
	}
	if path.Root == nil || path.Of == nil || path.Of == t.In.Declared() {
		return false
	}
	for _, c := range p.callersOf[t.In] {
		if c.In != nil && c.In.Declared() == path.Of {
			if outer := p.Outward(t.Path, t.In, c); outer.Is(path) && outer.Fixed && path.Fixed {
				return true
			}
		}
	}
	return false
}

// HeldAt are the locks that a function may hold at a step of it. At the call of
// a deferred function, those that are given back after it.
func (p *Program) HeldAt(f *Func, step ast.Node) []Taken {
	g := p.Graph(f)
	if !g.Holds(step) {
		return nil
	}
	var out []Taken
	for _, t := range p.Takes(f) {
		if t.Step == step || !g.Holds(t.Step) {
			continue
		}
		stop := func(n ast.Node) bool { return n == step || p.Releases(n, t, false) }
		found, _ := g.Search(t.Step, stop, func(n ast.Node) bool { return n == step })
		if d, ok := step.(*ast.DeferStmt); ok && len(found) > 0 {
			gives, _ := g.Search(t.Step, nil, func(n ast.Node) bool {
				r, ok := n.(*ast.DeferStmt)
				return ok && p.Releases(r, t, true)
			})
			if !p.heldAtEnd(g, d, gives) && len(p.Unreleased(t)) == 0 {
				continue
			}
		}
		if len(found) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// KeepsTo says whether a way leads from a function's beginning to a step on which a lock is not given back.
func (p *Program) KeepsTo(f *Func, step ast.Node, t Taken) bool {
	g := p.Graph(f)
	if !g.Holds(step) {
		return true
	}
	stop := func(n ast.Node) bool { return n != step && p.Releases(n, t, false) }
	found, _ := g.Search(nil, stop, func(n ast.Node) bool { return n == step })
	return len(found) > 0
}

// Unreleased lists the ways out of the function on which a lock it took is not given back; a deferred Unlock
// holds for all ways behind it, and for all that come by it before the lock is taken.
func (p *Program) Unreleased(t Taken) (exits []ast.Node) {
	g := p.Graph(t.In)
	if !g.Holds(t.Step) {
		return nil
	}
	isDefer := func(n ast.Node) bool {
		_, ok := n.(*ast.DeferStmt)
		return ok && p.Releases(n, t, true)
	}
	before, _ := g.Search(nil, func(n ast.Node) bool { return n == t.Step }, isDefer)
	if len(before) > 0 {
		return nil
	}
	_, exits = g.Search(t.Step, func(n ast.Node) bool { return p.Releases(n, t, true) }, nil)
	return exits
}

// Again says whether a way leads from a taken lock back to the same step without giving it back.
func (p *Program) Again(t Taken) bool {
	g := p.Graph(t.In)
	found, _ := g.Search(t.Step, func(n ast.Node) bool { return n == t.Step || p.Releases(n, t, false) }, func(n ast.Node) bool { return n == t.Step })
	return len(found) > 0
}
