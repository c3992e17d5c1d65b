package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// lockOrder: two functions take two locks in opposite order, or one takes two
// locks of one kind in whatever order it is called with.
func lockOrder(c *Case) (*Decision, string) {
	if !c.locks() {
		return nil, ""
	}
	if d := c.decideBy(analyze.LockOrder); d != nil {
		return d, ""
	}
	return nil, "no two functions take this lock and another in opposite order"
}

// edge is that a function asks for a lock while it holds another.
type edge struct {
	held  code.Taken
	wants *code.Op
	calls []*code.Call // from the holder to where it asks
	path  code.Path    // of what is wanted, in the holder's names
}

// edges are what is asked for by those who hold a lock; another lock of the same kind too.
func (c *Case) edges(v *code.Value) []edge {
	var out []edge
	for _, t := range c.Program.Takers(v) {
		for _, u := range c.Program.Under(t) {
			op, calls := u.Op, u.Calls
			if op.Kind != code.Lock && op.Kind != code.RLock || op.Node == t.Step {
				continue
			}
			if op.On.Same(v) && !opposite(t.Path, u.Path) {
				continue
			}
			out = append(out, edge{t, op, calls, u.Path})
		}
	}
	return out
}

// opposite: two locks of one kind of which neither is reached through the other,
// so that another caller may have them the other way round: not two fields of one value.
func opposite(a, b code.Path) bool {
	return a.IsNot(b) && !a.Reaches(b) && !b.Reaches(a) && !a.Apart(b)
}

// spelled says whether a lock belongs to what the caller of a function names: its
// receiver and parameters.
func spelled(f *code.Func, path code.Path) bool {
	v, ok := path.Root.(*types.Var)
	return ok && v.Kind() != types.LocalVar && v.Kind() != types.PackageVar && path.Of == f.Declared()
}

// longestCycle is how many locks may wait in a ring.
const longestCycle = 3

// ring looks for holders of a lock that, over other locks, ask for the one
// that is wanted last: the shortest.
func (c *Case) ring(from *code.Value, path code.Path, to edge) []edge {
	type way struct {
		at    *code.Value
		path  code.Path
		edges []edge
	}
	queue := []way{{from, path, nil}}
	seen := []*code.Value{from}
	for len(queue) > 0 {
		w := queue[0]
		queue = queue[1:]
		if len(w.edges) == longestCycle-1 {
			continue
		}
	next:
		for _, e := range c.edges(w.at) {
			if e.wants.On.Same(w.at) || !e.held.Path.MayBe(w.path) {
				continue
			}
			edges := append(w.edges[:len(w.edges):len(w.edges)], e)
			if e.wants.On.Same(to.held.Op.On) && e.path.MayBe(to.held.Path) {
				return edges
			}
			for _, s := range seen {
				if s.Same(e.wants.On) {
					continue next
				}
			}
			seen = append(seen, e.wants.On)
			queue = append(queue, way{e.wants.On, e.path, edges})
		}
	}
	return nil
}

// heldInOrder: the goroutine holds one lock and waits for another, and whoever
// holds that may ask for the first.
func (c *Case) heldInOrder(h held) *culprit {
	if !c.locks() {
		return nil
	}
	calls := c.callsOut(h.frame)
	mine := edge{h.Taken, c.Op, calls, c.Program.OutwardAll(c.lockPath(c.Op), c.Op.In, calls)}
	if h.Op.On.Same(c.Op.On) {
		if !opposite(h.outer, c.outer(c.lockPath(c.Op), 0)) {
			return nil
		}
		return c.sameKind(mine)
	}
	return c.crossed(mine)
}

// orders are the rings among what the holders of a lock ask for.
func (c *Case) orders(v *code.Value) []culprit {
	var out []culprit
	for _, e := range c.edges(v) {
		k := (*culprit)(nil)
		if e.wants.On.Same(v) {
			k = c.sameKind(e)
		} else {
			k = c.crossed(e)
		}
		if k != nil {
			out = append(out, *k)
		}
	}
	return out
}

// sameKind: one function takes two locks of one type, in the order in which its caller names them.
func (c *Case) sameKind(e edge) *culprit {
	if c.sorted(e) {
		return nil
	}
	k := &culprit{mechanism: analyze.LockOrder, in: e.held.In, by: callersIn(e.calls), certain: !several(e.calls, 1) && spelled(e.held.In, e.held.Path) && spelled(e.held.In, e.path)}
	k.cause = Place{e.wants.Pos(), fmt.Sprintf("a second lock of the same kind is asked for here, while %s holds %s", e.held.In.Name, name(e.held.Op))}
	k.evidence = append(k.evidence, Place{e.held.Step.Pos(), fmt.Sprintf("%s takes %s", e.held.In.Name, name(e.held.Op))})
	k.evidence = append(k.evidence, wayTo(e.calls)...)
	k.evidence = append(k.evidence, Place{e.wants.Pos(), fmt.Sprintf("then it takes %s, of another value of the same type; who has the two the other way round waits for this one, and this one for him", name(e.wants))})
	if len(e.calls) > 0 {
		k.others = append(k.others, Place{e.calls[0].Expr.Pos(), "the call that is made while the first is held"})
	}
	k.fix = func() *repair.Fix {
		fix := &repair.Fix{
			Title: "Take the two locks in an order that does not hang on the caller",
			Why:   "When everybody takes them in one order, nobody waits for somebody who waits for him.",
		}
		if !c.byKey(e, fix) {
			fix.Edits = nil
			fix.Steps = []string{
				fmt.Sprintf("before line %d compare the two by something that never changes, as an id, and lock the smaller first", c.Program.Line(e.held.Step)),
				"leave at once when both are the same one, or lock it only once",
			}
		}
		return fix
	}
	return k
}

// sorted: the function compares before it locks, as in if b.id < a.id { a, b = b, a }.
func (c *Case) sorted(e edge) bool {
	found := false
	ast.Inspect(e.held.In.Body, func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.IfStmt:
			if s.Pos() > e.held.Step.Pos() {
				return false
			}
			cond, ok := ast.Unparen(s.Cond).(*ast.BinaryExpr)
			if !ok {
				return true
			}
			switch cond.Op.String() {
			case "<", ">", "<=", ">=":
				found = found || holds(s, e.held.Step) || swaps(s.Body)
			}
		case *ast.CallExpr:
			if s.Pos() < e.held.Step.Pos() {
				switch code.FullName(e.held.In.Pkg, s) {
				case "sort.Slice", "slices.SortFunc", "sort.Sort", "sort.SliceStable", "slices.SortStableFunc":
					found = true
				}
			}
		}
		return true
	})
	return found
}

// swaps: a block assigns two names at once.
func swaps(b *ast.BlockStmt) bool {
	for _, s := range b.List {
		if a, ok := s.(*ast.AssignStmt); ok && len(a.Lhs) == 2 && len(a.Rhs) == 2 {
			return true
		}
	}
	return false
}

// crossed: what e wants is held, somewhere, by who asks for what e holds.
func (c *Case) crossed(e edge) *culprit {
	back := c.ring(e.wants.On, e.path, e)
	if back == nil || c.gated(e, back) {
		return nil
	}
	k := &culprit{mechanism: analyze.LockOrder, in: e.held.In, by: callersIn(e.calls), certain: true}
	k.cause = Place{e.wants.Pos(), fmt.Sprintf("%s is asked for here while %s holds %s", name(e.wants), e.held.In.Name, name(e.held.Op))}
	sure := !several(e.calls, 3)
	reads := e.held.Op.Kind == code.RLock && e.wants.Kind == code.RLock
	for i, one := range append([]edge{e}, back...) {
		sure = sure && one.path.Root != nil && one.held.Path.Root != nil && (i == 0 || !several(one.calls, 1))
		reads = reads && one.held.Op.Kind == code.RLock && one.wants.Kind == code.RLock
		k.evidence = append(k.evidence, Place{one.held.Step.Pos(), fmt.Sprintf("%s takes %s", one.held.In.Name, name(one.held.Op))})
		k.evidence = append(k.evidence, wayTo(one.calls)...)
		k.evidence = append(k.evidence, Place{one.wants.Pos(), fmt.Sprintf("and asks for %s while it holds that", name(one.wants))})
	}
	k.certain = !reads && sure
	for _, one := range back {
		k.others = append(k.others, Place{one.wants.Pos(), fmt.Sprintf("%s is asked for here while %s holds %s", name(one.wants), one.held.In.Name, name(one.held.Op))})
	}
	if len(e.calls) > 0 {
		k.others = append(k.others, Place{e.calls[0].Expr.Pos(), "the call that is made while the first is held"})
	}
	k.fix = func() *repair.Fix { return c.oneOrder(e, back) }
	return k
}

// gated: all of them hold one more lock, so that only one is under way at a time.
func (c *Case) gated(e edge, back []edge) bool {
	for _, gate := range c.Program.HeldAt(e.held.In, e.held.Step) {
		if gate.Op.Kind != code.Lock || gate.Op.On.Same(e.held.Op.On) || gate.Op.On.Same(e.wants.On) {
			continue
		}
		all := true
		for _, one := range back {
			has := false
			for _, g := range c.Program.HeldAt(one.held.In, one.held.Step) {
				has = has || g.Op.Kind == code.Lock && g.Op.On.Same(gate.Op.On)
			}
			all = all && has
		}
		if all {
			return true
		}
	}
	return false
}
