package mechanism

import (
	"fmt"
	"go/ast"

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
		if step == nil {
			continue
		}
		others := c.alternatives(f, ch)
		takes := c.takes(ch)
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
	return nil, "every function that starts the goroutine and receives from the channel does receive before it leaves"
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
	ch := c.Op.On
	for _, f := range c.takers(ch) {
		step := c.launchStep(f)
		g := c.Program.Graph(f)
		takes := c.takes(ch)
		for other, clause := range inOrder(c.alternatives(f, ch)) {
			if step != nil && !g.Before(step, other) {
				continue
			}
			_, exits := g.Search(other, takes, nil)
			if len(exits) == 0 {
				continue
			}
			if step == nil && !c.startedFor(f, ch) {
				continue
			}
			pos, how := leaving(exits[0])
			return c.leftAt(f, clause, Place{pos, how}), ""
		}
	}
	return nil, "no select that receives from the channel leaves without having received"
}

// leftAt is the decision that f leaves by a case of a select.
func (c *Case) leftAt(f *code.Func, clause *ast.CommClause, exit Place) *Decision {
	d := &Decision{
		Sure:  true,
		Cause: Place{clause.Pos(), fmt.Sprintf("when this case comes first, %s leaves and nobody receives from %s", f.Name, name(c.Op))},
		Evidence: []Place{
			{c.Op.Pos(), fmt.Sprintf("the goroutine sends to %s, which has room for %s", name(c.Op), room(c.capacity(c.Op.On)))},
			{clause.Pos(), "the select that receives from it may take this case instead"},
			{exit.Pos, fmt.Sprintf("behind it %s %s without having received", f.Name, exit.Text)},
		},
	}
	if c.once() {
		d.Fix = c.buffer("1", "The goroutine can hand its value over and end, also when the receiver has gone.")
	}
	return d
}
