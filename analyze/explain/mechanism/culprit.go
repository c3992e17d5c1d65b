package mechanism

import (
	"fmt"
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
	in *code.Func
	// by are the functions on the way from there to what is done.
	by  []*code.Func
	fix func() *repair.Fix
}

// culprits are all that can keep the case's goroutines waiting for their lock.
// What they do themselves explains the wait; only where that is nothing, it is others.
func (c *Case) culprits() []culprit {
	if c.found == nil {
		all := c.findCulprits()
		c.found = &all
	}
	return *c.found
}

func (c *Case) findCulprits() []culprit {
	if own := c.ownCulprits(); len(own) > 0 || !c.locks() {
		return own
	}
	v := c.Op.On
	var all []culprit
	for _, t := range c.Program.Takers(v) {
		if !c.mayHold(t) {
			continue
		}
		all = append(all, c.lockedAgain(t)...)
		all = append(all, c.neverUnlocked(t)...)
		all = append(all, c.waitsUnder(t)...)
	}
	all = append(all, c.orders(v)...)
	near := c.passed()
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i], all[j]
		if a.certain != b.certain {
			return a.certain
		}
		if near[a.in] != near[b.in] {
			return near[a.in]
		}
		if x, y := c.kin(a.by), c.kin(b.by); x != y {
			return x > y
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

// kin counts how many functions are on the goroutine's own stack, or methods of
// the types whose methods are: of several that hand a function to a holder, the one that this case is about.
func (c *Case) kin(by []*code.Func) int {
	n := 0
	for _, f := range by {
		for _, fr := range c.Frames {
			a, b := f.Declared(), fr.Func.Declared()
			switch {
			case a == b:
				n += 2
			case receiverType(a) != "" && receiverType(a) == receiverType(b):
				n++
			}
		}
	}
	return n
}

// receiverType is the name of a method's type, "" of a function.
func receiverType(f *code.Func) string {
	if f.Obj == nil || f.Obj.Signature().Recv() == nil {
		return ""
	}
	return code.TypeName(f.Obj.Signature().Recv().Type())
}

// callersIn are the functions in which calls are made.
func callersIn(calls []*code.Call) []*code.Func {
	var out []*code.Func
	for _, call := range calls {
		if call.In != nil {
			out = append(out, call.In)
		}
	}
	return out
}

// mayHold says whether a lock that is taken can be the one that is waited for,
// as far as the names on the way tell: two structs may hold locks of one type.
func (c *Case) mayHold(t code.Taken) bool {
	return c.outer(c.lockPath(c.Op), 0).MayBe(t.Path)
}

// several says whether a call between could mean more than n functions.
func several(calls []*code.Call, n int) bool {
	for _, call := range calls {
		if len(call.Callees) > n {
			return true
		}
	}
	return false
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

// passed are the functions that the finding's goroutines come by: all that is
// called from where its sites, victims and frames are.
func (c *Case) passed() map[*code.Func]bool {
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

// callOrOp is where it is done while the lock is held: the holder's call, else
// the operation. Where the holder calls a function that it was handed, it is what
// that function does: a literal stands where one sees that it runs under the lock, and its call
// is to blame; of a function handed over by its name, the call next to the operation.
func callOrOp(op *code.Op, calls []*code.Call) (token.Pos, string) {
	if len(calls) > 1 && calls[0].Name == "" {
		if in := calls[1].In; in != nil && in.Lit != nil {
			calls = calls[1:]
		} else {
			calls = calls[len(calls)-1:]
		}
	}
	if len(calls) > 0 && calls[0].Name != "" {
		return calls[0].Expr.Pos(), text(calls[0].Expr.Fun)
	}
	return op.Pos(), op.Kind.String()
}
