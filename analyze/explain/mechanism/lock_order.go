package mechanism

import (
	"fmt"
	"go/ast"

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
		c.Program.Under(t, func(op *code.Op, calls []*code.Call) {
			if op.Kind != code.Lock && op.Kind != code.RLock || op.Node == t.Step {
				return
			}
			path := c.Program.OutwardAll(c.lockPath(op), op.In, calls)
			if op.On.Same(v) && !opposite(t.Path, path) {
				return
			}
			out = append(out, edge{t, op, calls, path})
		})
	}
	return out
}

// opposite: two locks of one kind of which neither is reached through the other,
// so that another caller may have them the other way round.
func opposite(a, b code.Path) bool {
	return a.IsNot(b) && !a.Reaches(b) && !b.Reaches(a)
}

// longestCycle is how many locks may wait in a ring.
const longestCycle = 3

// ring looks for holders of a lock that, over other locks, ask for the one
// that is wanted last: the shortest.
func (c *Case) ring(from, to *code.Value) []edge {
	type way struct {
		at    *code.Value
		edges []edge
	}
	queue := []way{{from, nil}}
	seen := []*code.Value{from}
	for len(queue) > 0 {
		w := queue[0]
		queue = queue[1:]
		if len(w.edges) == longestCycle-1 {
			continue
		}
	next:
		for _, e := range c.edges(w.at) {
			if e.wants.On.Same(w.at) {
				continue
			}
			edges := append(w.edges[:len(w.edges):len(w.edges)], e)
			if e.wants.On.Same(to) {
				return edges
			}
			for _, s := range seen {
				if s.Same(e.wants.On) {
					continue next
				}
			}
			seen = append(seen, e.wants.On)
			queue = append(queue, way{e.wants.On, edges})
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
	var calls []*code.Call
	for k := h.frame; k > 0; k-- {
		if call := c.callOf(c.Frames[k], c.Frames[k-1].Func); call != nil {
			calls = append(calls, call)
		}
	}
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
	pos, what := callOrOp(e.wants, e.calls)
	k := &culprit{mechanism: analyze.LockOrder, in: e.held.In, certain: true}
	k.cause = Place{pos, fmt.Sprintf("%s asks for a second lock of the same kind here (%s) and holds %s", e.held.In.Name, what, name(e.held.Op))}
	k.evidence = append(k.evidence, Place{e.held.Step.Pos(), fmt.Sprintf("%s takes %s", e.held.In.Name, name(e.held.Op))})
	k.evidence = append(k.evidence, wayTo(e.calls)...)
	k.evidence = append(k.evidence, Place{e.wants.Pos(), fmt.Sprintf("then it takes %s, of another value of the same type; who has the two the other way round waits for this one, and this one for him", name(e.wants))})
	if len(e.calls) > 0 {
		k.others = append(k.others, Place{e.wants.Pos(), "the second lock"})
	}
	k.fix = func() *repair.Fix {
		return &repair.Fix{
			Title: "Take the two locks in an order that does not hang on the caller",
			Why:   "When everybody takes them in one order, nobody waits for somebody who waits for him.",
			Steps: []string{
				fmt.Sprintf("before line %d compare the two by something that never changes, as an id, and lock the smaller first", c.Program.Line(e.held.Step)),
				"leave at once when both are the same one, or lock it only once",
			},
		}
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
	back := c.ring(e.wants.On, e.held.Op.On)
	if back == nil || c.gated(e, back) {
		return nil
	}
	pos, what := callOrOp(e.wants, e.calls)
	k := &culprit{mechanism: analyze.LockOrder, in: e.held.In, certain: true}
	k.cause = Place{pos, fmt.Sprintf("%s holds %s here and asks for %s (%s)", e.held.In.Name, name(e.held.Op), name(e.wants), what)}
	reads := e.held.Op.Kind == code.RLock && e.wants.Kind == code.RLock
	for _, one := range append([]edge{e}, back...) {
		reads = reads && one.held.Op.Kind == code.RLock && one.wants.Kind == code.RLock
		k.evidence = append(k.evidence, Place{one.held.Step.Pos(), fmt.Sprintf("%s takes %s", one.held.In.Name, name(one.held.Op))})
		k.evidence = append(k.evidence, wayTo(one.calls)...)
		k.evidence = append(k.evidence, Place{one.wants.Pos(), fmt.Sprintf("and asks for %s while it holds that", name(one.wants))})
	}
	k.certain = !reads
	for _, one := range back {
		p, _ := callOrOp(one.wants, one.calls)
		k.others = append(k.others, Place{p, fmt.Sprintf("%s asks for %s and holds %s", one.held.In.Name, name(one.wants), name(one.held.Op))})
		if one.wants.Pos() != p {
			k.others = append(k.others, Place{one.wants.Pos(), "the second lock"})
		}
	}
	if len(e.calls) > 0 {
		k.others = append(k.others, Place{e.wants.Pos(), "the second lock"})
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
