package mechanism

import (
	"fmt"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// doubleLock: the goroutine waits for a lock that it holds itself.
func doubleLock(c *Case) (*Decision, string) {
	if !c.locks() {
		return nil, ""
	}
	if d := c.decideBy(analyze.DoubleLock); d != nil {
		return d, ""
	}
	return nil, "no function takes this lock again while it holds it"
}

// recursiveRLock: a reader reads again while a writer waits between.
func recursiveRLock(c *Case) (*Decision, string) {
	if !c.locks() {
		return nil, ""
	}
	if d := c.decideBy(analyze.RecursiveRLock); d != nil {
		return d, ""
	}
	if len(c.Program.Ops(c.Op.On, code.RLock)) == 0 {
		return nil, ""
	}
	return nil, "no function takes the read lock again while it holds it"
}

// holdsIt: the stack shows that the lock that is waited for is held.
func (c *Case) holdsIt(h held) *culprit {
	if !c.locks() || !h.Op.On.Same(c.Op.On) {
		return nil
	}
	same, differs := c.oneLock(h)
	if differs {
		return nil
	}
	calls := c.callsOut(h.frame)
	k := c.again(h.Taken, c.Op, calls)
	if k == nil {
		return nil
	}
	k.certain = same
	if !k.certain {
		k.evidence = append(k.evidence, Place{c.Op.Pos(), "whether both are the same lock is not clear from the source: they are fields of one type"})
	}
	return k
}

// oneLock compares the lock that is waited for with one that is held, in the
// names of the frame that holds it and of those that called that: the further
// out, the more of a name may be lost, and the more that differ may turn out to be one.
func (c *Case) oneLock(h held) (same, differs bool) {
	wanted, has := c.lockPath(c.Op), h.Path
	frames := c.frames()
	for k := 0; ; k++ {
		if k >= h.frame {
			wanted = c.Program.Home(wanted)
			if wanted.Is(has) && wanted.Fixed && has.Fixed {
				return true, false
			}
			differs = wanted.Differs(has)
		}
		if k+1 >= len(frames) {
			return false, differs
		}
		call := c.callOf(frames[k+1], frames[k].Func)
		wanted = c.Program.Outward(wanted, frames[k].Func, call)
		if k >= h.frame {
			has = c.Program.Outward(has, frames[k].Func, call)
		}
	}
}

// lockedAgain: a function takes the lock and, while it holds it, takes it again.
func (c *Case) lockedAgain(t code.Taken) []culprit {
	var out []culprit
	for _, u := range c.Program.Under(t) {
		op, calls := u.Op, u.Calls
		if op.Kind != code.Lock && op.Kind != code.RLock || !op.On.Same(t.Op.On) {
			continue
		}
		if len(calls) == 0 && op.Node == t.Step {
			continue
		}
		if !c.Program.SameLock(t, u.Path) {
			continue
		}
		if k := c.again(t, op, calls); k != nil {
			k.certain = !several(calls, 4)
			out = append(out, *k)
		}
	}
	return out
}

// again is the culprit that a lock is taken by op while t holds it, over some calls.
func (c *Case) again(t code.Taken, op *code.Op, calls []*code.Call) *culprit {
	m, what := analyze.DoubleLock, "takes it again and waits for itself"
	both := t.Op.Kind == code.RLock && op.Kind == code.RLock
	writers := c.Program.Ops(op.On, code.Lock)
	switch {
	case both && len(writers) == 0:
		return nil
	case both:
		m, what = analyze.RecursiveRLock, "asks for the read lock again"
	case t.Op.Kind == code.RLock:
		what = "asks for the write lock, which waits for all readers, itself among them"
	}
	pos, _ := callOrOp(op, calls)
	first := op.Pos()
	if len(calls) > 0 {
		first = calls[0].Expr.Pos()
	}
	k := &culprit{mechanism: m, in: t.In, by: callersIn(calls)}
	k.cause = Place{pos, fmt.Sprintf("%s holds %s here and %s", t.In.Name, name(t.Op), what)}
	if pos != first {
		k.cause.Text = fmt.Sprintf("this runs while %s holds %s, and %s", t.In.Name, name(t.Op), what)
	}
	k.evidence = append(k.evidence, Place{t.Step.Pos(), fmt.Sprintf("%s takes %s", t.In.Name, name(t.Op))})
	k.evidence = append(k.evidence, wayTo(calls)...)
	k.evidence = append(k.evidence, Place{op.Pos(), fmt.Sprintf("%s takes it again, and nothing gives it back between", op.In.Name)})
	if both {
		k.evidence = append(k.evidence, Place{writers[0].Pos(), fmt.Sprintf("%s asks for the write lock; when it comes between the two, the second reader waits for it and it waits for the first", writerName(writers[0]))})
	}
	for _, call := range calls {
		if call.Expr.Pos() != pos {
			k.others = append(k.others, Place{call.Expr.Pos(), "a call on the way there"})
		}
	}
	if op.Pos() != pos {
		k.others = append(k.others, Place{op.Pos(), "the inner " + op.Kind.String()})
	}
	k.fix = func() *repair.Fix { return c.splitLocked(t, op, calls) }
	return k
}

func writerName(op *code.Op) string {
	if op.In == nil {
		return "an initialiser"
	}
	return op.In.Name
}
