package mechanism

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// missingSender: nobody sends what the goroutines wait for, or who should leaves without sending.
func missingSender(c *Case) (*Decision, string) {
	if !c.waits() || c.nilChannelState() || c.Op.Kind == code.Range {
		return nil, ""
	}
	why := ""
	for _, op := range c.Ops {
		if op.Kind != code.Receive || c.timed(op) || doneOf(op) || len(c.derivesOf(op)) > 0 {
			continue
		}
		ends := c.Program.Ops(op.On, code.Send, code.Close)
		if len(ends) == 0 {
			if op.On.Escapes() || len(makes(op.On)) == 0 {
				why = "the channel comes from code that was not read, or goes there"
				continue
			}
			return c.nobodySends(op), ""
		}
		if d := c.leavesUnsent(op); d != nil {
			return d, ""
		}
		why = "who sends or closes does so on every way"
	}
	return nil, why
}

func (c *Case) nobodySends(op *code.Op) *Decision {
	d := &Decision{
		Sure:     op.Alone(),
		Cause:    Place{op.Pos(), fmt.Sprintf("nobody sends to %s or closes it", name(op))},
		Evidence: []Place{{op.Pos(), "in all packages that were read there is no send to this channel, and nobody closes it"}},
	}
	for _, o := range makes(op.On) {
		d.Evidence = append(d.Evidence, Place{o.Node.Pos(), "it is made here"})
	}
	d.Fix = &repair.Fix{Title: "Send to the channel, or close it", Why: "A receive needs a counterpart.",
		Steps: []string{fmt.Sprintf("close %s where what it tells of has happened, or remove the receive at %s", name(op), c.where(op.Pos()))}}
	return d
}

// leavesUnsent: the counterpart can leave without having sent or closed.
func (c *Case) leavesUnsent(op *code.Op) *Decision {
	instances, partial := c.channelInstances(op, code.Closed, code.Sent)
	missed := c.missed(instances)
	if len(missed) == 0 {
		return nil
	}
	in := missed[0]
	if len(in.ends) == 0 {
		// Others of its kind are sent to; to this one nobody sends.
		level := in.blame()
		d := &Decision{
			Sure:     op.Alone() && !partial && len(missed) == 1,
			Cause:    Place{op.Pos(), fmt.Sprintf("nobody sends to %s for what is made at %s", name(op), c.where(level.Call.Pos()))},
			Evidence: c.points(in, "the channel is made here", ""),
		}
		return d
	}
	if len(in.exits) == 0 {
		return nil
	}
	e := in.exits[0]
	d := &Decision{
		Sure:     op.Alone() && e.call == nil && !partial && !c.endsInLoop(in),
		Cause:    Place{c.exitPos(e), c.exitText(e)},
		Evidence: []Place{{op.Pos(), fmt.Sprintf("the goroutines wait for a value from %s", name(op))}},
	}
	d.Evidence = append(d.Evidence, c.points(in, "the channel is made here", "it is sent to, or closed, here")...)
	for _, other := range in.exits[1:] {
		d.Others = append(d.Others, Place{c.exitPos(other), c.exitText(other)})
	}
	d.Fix = c.endAtExits(in, "Send on the way that misses it as well")
	if d.Fix == nil {
		d.Fix = &repair.Fix{Title: "Send, or close the channel, on every way", Why: "The receiver learns that nothing will come."}
		for _, e := range in.exits {
			d.Fix.Steps = append(d.Fix.Steps, fmt.Sprintf("send or close before %s is left at %s", e.in.Name, c.where(c.exitPos(e))))
		}
	}
	return d
}

// endsInLoop: an end is in a loop, and a way past the loop may be one that is never taken.
func (c *Case) endsInLoop(in *instance) bool {
	return slices.ContainsFunc(in.ends, func(u code.Use) bool {
		node, f := u.Step()
		if f == nil {
			return false
		}
		step := c.Program.StepOf(f, node)
		return step != nil && c.loopAround(f, step, nil) != nil
	})
}

// onlyStatement says whether a node is the statement, not part of a larger one.
func onlyStatement(f *code.Func, n ast.Node) bool {
	x, ok := statement(f, n).(*ast.ExprStmt)
	return ok && ast.Unparen(x.X) == n
}
