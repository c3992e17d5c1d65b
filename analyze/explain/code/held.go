package code

import "go/ast"

// Held are the locks that a function may hold when it comes to a step: taken
// before it, and not given back on some way from there. A deferred Unlock gives
// nothing back before the function ends.
func (p *Program) Held(f *Func, step ast.Node) []*Op {
	g := p.Graph(f)
	if !g.Holds(step) {
		return nil
	}
	var out []*Op
	for _, op := range p.OpsIn(f, Lock, RLock) {
		if op.Deferred || op.Node == step || !g.Holds(op.Node) {
			continue
		}
		found, _ := g.Search(op.Node, func(n ast.Node) bool { return n == step || p.releases(n, f, op) }, func(n ast.Node) bool { return n == step })
		if len(found) > 0 {
			out = append(out, op)
		}
	}
	return out
}

// releases says whether a step gives back the lock that op took.
func (p *Program) releases(n ast.Node, f *Func, op *Op) bool {
	want := Unlock
	if op.Kind == RLock {
		want = RUnlock
	}
	for _, other := range p.OpsIn(f, want) {
		if other.Node == n && !other.Deferred && other.On.Same(op.On) {
			return true
		}
	}
	return false
}

// Released says whether every way out of a function gives back the lock that
// op took, and lists the ways that do not. A deferred Unlock that comes behind op holds for all ways behind it.
func (p *Program) Released(f *Func, op *Op) (exits []ast.Node) {
	g := p.Graph(f)
	deferred := func(n ast.Node) bool {
		d, ok := n.(*ast.DeferStmt)
		return ok && p.defersRelease(d, f, op)
	}
	before := false
	for _, other := range p.OpsIn(f, Unlock, RUnlock) {
		if other.Deferred && other.On.Same(op.On) {
			found, _ := g.Search(nil, func(n ast.Node) bool { return n == op.Node }, deferred)
			before = before || len(found) > 0
		}
	}
	if before {
		return nil
	}
	_, exits = g.Search(op.Node, func(n ast.Node) bool { return p.releases(n, f, op) || deferred(n) }, nil)
	return exits
}

func (p *Program) defersRelease(d *ast.DeferStmt, f *Func, op *Op) bool {
	want := Unlock
	if op.Kind == RLock {
		want = RUnlock
	}
	for _, other := range p.Ops(op.On, want) {
		if other.Deferred && other.Node == d.Call {
			return true
		}
		if lit, ok := ast.Unparen(d.Call.Fun).(*ast.FuncLit); ok && other.In == p.Literal(lit) {
			return true
		}
	}
	return false
}
