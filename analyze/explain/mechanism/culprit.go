package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"sort"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// culprit is something that can hold a lock for ever: what the waiting
// goroutine does itself, by its stack, or what another function does with the lock it waits for.
type culprit struct {
	mechanism analyze.Mechanism
	cause     Place
	others    []Place
	evidence  []Place
	// certain: whoever comes this way does hold the lock for ever, or does when two meet.
	certain bool
	// in is who holds the lock.
	in  *code.Func
	fix func() *repair.Fix
}

// culprits are all that can keep the case's goroutines waiting for their lock.
// What they do themselves explains the wait; only where that is nothing, it is others.
func (c *Case) culprits() []culprit {
	if own := c.ownCulprits(); len(own) > 0 || !c.locks() {
		return own
	}
	v := c.Op.On
	var all []culprit
	for _, t := range c.Program.Takers(v) {
		all = append(all, c.lockedAgain(t)...)
		all = append(all, c.neverUnlocked(t)...)
		all = append(all, c.waitsUnder(t)...)
	}
	all = append(all, c.orders(v)...)
	near := c.besides()
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if a.certain != b.certain {
			return a.certain
		}
		if near[a.in] != near[b.in] {
			return near[a.in]
		}
		return a.cause.Pos < b.cause.Pos
	})
	// What the finding's own goroutines come by outweighs what is far from them.
	if len(all) > 0 && all[0].certain && near[all[0].in] {
		n := 0
		for n < len(all) && all[n].certain && near[all[n].in] {
			n++
		}
		all = all[:n]
	}
	return all
}

// ownCulprits are those that the goroutines' own stack shows.
func (c *Case) ownCulprits() []culprit {
	var out []culprit
	for _, h := range c.holding() {
		if again := c.holdsIt(h); again != nil {
			return []culprit{*again}
		}
		if order := c.heldInOrder(h); order != nil {
			out = append(out, *order)
		}
		if under := c.operatesUnder(h); under != nil {
			out = append(out, *under)
		}
	}
	return out
}

// decideBy gives the culprits' decision for one mechanism, nil when none is of it.
func (c *Case) decideBy(m analyze.Mechanism) *Decision {
	var first *culprit
	sure := true
	var others []Place
	all := c.culprits()
	for i := range all {
		k := &all[i]
		switch {
		case k.mechanism != m:
			sure = sure && !k.certain
		case first == nil:
			first = k
			others = append(others, k.others...)
		case k.cause.Pos != first.cause.Pos && len(others) < 4:
			others = append(others, k.cause)
		}
	}
	if first == nil {
		return nil
	}
	d := &Decision{Cause: first.cause, Others: others, Evidence: first.evidence, Sure: sure && first.certain}
	if first.fix != nil {
		d.Fix = first.fix()
	}
	return d
}

// besides are the functions that the finding's goroutines come by: all that is
// called from where its sites, victims and frames are.
func (c *Case) besides() map[*code.Func]bool {
	p := c.Program
	seen := map[*code.Func]bool{}
	var queue []*code.Func
	add := func(f *code.Func) {
		if f != nil && !seen[f] {
			seen[f] = true
			queue = append(queue, f)
		}
	}
	add(c.Entry)
	for _, fr := range c.Frames {
		add(fr.Func)
	}
	for _, other := range c.Others {
		add(other.Entry)
	}
	if f := c.Finding; f != nil {
		for _, s := range f.Sites {
			for _, fn := range p.Named(s.Entry) {
				add(fn)
			}
		}
		for _, v := range f.Victims {
			for _, fn := range p.Named(v.Site.Entry) {
				add(fn)
			}
		}
	}
	for len(queue) > 0 {
		f := queue[0]
		queue = queue[1:]
		for _, call := range p.CallsIn(f) {
			for _, g := range call.Callees {
				add(g)
			}
		}
	}
	return seen
}

// wayTo are the evidence for the calls between a function that holds a lock and what it does then.
func wayTo(calls []*code.Call) []Place {
	var out []Place
	for i, call := range calls {
		said := "it calls %s while it holds the lock"
		if i > 0 {
			said = "which calls %s"
		}
		out = append(out, Place{call.Expr.Pos(), fmt.Sprintf(said, text(call.Expr.Fun))})
	}
	return out
}

// callOrOp is where the holder's own function does it: the first call, else the operation.
func callOrOp(op *code.Op, calls []*code.Call) (token.Pos, string) {
	if len(calls) > 0 {
		return calls[0].Expr.Pos(), text(calls[0].Expr.Fun)
	}
	return op.Pos(), op.Kind.String()
}

// stepPos is where a step is written and what it calls.
func stepPos(op *code.Op, step ast.Node) (token.Pos, string) {
	if step == op.Node {
		return op.Pos(), op.Kind.String()
	}
	switch s := step.(type) {
	case *ast.CallExpr:
		return s.Pos(), text(s.Fun)
	case *ast.DeferStmt:
		return s.Pos(), "the deferred " + text(s.Call.Fun)
	}
	return step.Pos(), "this"
}
