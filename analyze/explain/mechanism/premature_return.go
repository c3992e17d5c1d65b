package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// prematureReturn: the function that starts the goroutine and is to take its value can leave before it does.
func prematureReturn(c *Case) (*Decision, string) {
	if !c.sends() {
		return nil, ""
	}
	ch := c.Op.On
	for _, f := range c.takers(ch) {
		step := c.launchStep(f)
		takes := c.takes(ch)
		if step == nil || takes(step) { // what starts it receives as well, or decides not to
			continue
		}
		others := c.alternatives(f, ch)
		_, exits := c.Program.Graph(f).Search(step, func(n ast.Node) bool { return takes(n) || others[n] != nil }, nil)
		if len(exits) == 0 {
			continue
		}
		pos, how := leaving(exits[0])
		receive := c.firstTake(f, ch)
		d := &Decision{
			Sure:  true,
			Cause: Place{pos, fmt.Sprintf("%s %s here without receiving from %s", f.Name, how, name(c.Op))},
			Evidence: []Place{
				{c.Op.Pos(), fmt.Sprintf("the goroutine sends to %s, which has room for %s", name(c.Op), room(c.capacity(ch)))},
				{receive.Pos(), fmt.Sprintf("%s receives from it here, or calls what does", f.Name)},
				{pos, fmt.Sprintf("there is a way from the start of the goroutine to this point on which nothing is received, and %s %s", f.Name, how)},
			},
		}
		for _, e := range exits[1:] {
			p, h := leaving(e)
			d.Others = append(d.Others, Place{p, fmt.Sprintf("%s %s here without receiving", f.Name, h)})
		}
		if c.once() {
			d.Fix = c.buffer("1", "The goroutine can hand its value over and end, whether somebody is there to take it or not.")
		}
		return d, ""
	}
	if d := c.leftForAnother(ch); d != nil {
		return d, ""
	}
	if d := c.leftUnread(ch); d != nil {
		return d, ""
	}
	return nil, "every function that starts the goroutine and receives from the channel does receive before it leaves"
}

// leftForAnother: the receiver waits for something else beside the value, which is no timer and no context, and leaves when that comes first.
func (c *Case) leftForAnother(ch *code.Value) *Decision {
	w := c.leavesBy(ch, false)
	if w == nil {
		return nil
	}
	d := c.leftAt(w)
	d.Cause = Place{w.pos, fmt.Sprintf("%s %s here without receiving from %s", w.in.Name, w.how, name(c.Op))}
	d.Others = append(d.Others, Place{w.clause.Pos(), "this is the case by which it leaves"})
	return d
}

// room is a channel's capacity in words.
func room(n int64) string {
	switch n {
	case 0:
		return "nothing"
	case -1:
		return "a number of values that is not a constant"
	}
	return fmt.Sprintf("%d", n)
}

// timeoutLeak: the function that is to take the value waits for something else beside it, and leaves when that comes first.
func timeoutLeak(c *Case) (*Decision, string) {
	if !c.sends() {
		return nil, ""
	}
	if w := c.leavesBy(c.Op.On, true); w != nil {
		return c.leftAt(w), ""
	}
	return nil, "no select that receives from the channel leaves without having received"
}

// left is a case of a select by which a function leaves without having received, and where it leaves.
type left struct {
	in     *code.Func
	clause *ast.CommClause
	pos    token.Pos
	how    string
}

// leavesBy is a case beside the receive by which the receiver leaves: one that
// says that the time is over, or one that does not.
func (c *Case) leavesBy(ch *code.Value, timeout bool) *left {
	for _, f := range c.takers(ch) {
		step := c.launchStep(f)
		if step == nil && !c.startedFor(f, ch) {
			continue
		}
		g := c.Program.Graph(f)
		takes := c.takes(ch)
		for other, clause := range inOrder(c.alternatives(f, ch)) {
			if c.runsOut(f, other) != timeout || step != nil && !g.Before(step, other) {
				continue
			}
			if _, exits := g.Search(other, takes, nil); len(exits) > 0 {
				pos, how := leaving(exits[0])
				return &left{f, clause, pos, how}
			}
		}
	}
	return nil
}

// runsOut says whether a case waits for a timer or the end of a context.
func (c *Case) runsOut(f *code.Func, n ast.Node) bool {
	return slices.ContainsFunc(c.Program.OpsIn(f, code.Receive), func(op *code.Op) bool {
		return op.Node == n && (c.timed(op) || doneOf(op) || len(c.derivesOf(op)) > 0)
	})
}

// leftAt is the decision that a function leaves by a case of a select.
func (c *Case) leftAt(w *left) *Decision {
	d := &Decision{
		Sure:  true,
		Cause: Place{w.clause.Pos(), fmt.Sprintf("when this case comes first, %s leaves and nobody receives from %s", w.in.Name, name(c.Op))},
		Evidence: []Place{
			{c.Op.Pos(), fmt.Sprintf("the goroutine sends to %s, which has room for %s", name(c.Op), room(c.capacity(c.Op.On)))},
			{w.clause.Pos(), "the select that receives from it may take this case instead"},
			{w.pos, fmt.Sprintf("behind it %s %s without having received", w.in.Name, w.how)},
		},
	}
	if c.once() {
		d.Fix = c.buffer("1", "The goroutine can hand its value over and end, also when the receiver has gone.")
	}
	return d
}
