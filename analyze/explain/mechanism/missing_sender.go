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
		ends := len(c.Program.Ops(op.On, code.Send, code.Close)) > 0
		if !ends {
			instances, _ := c.channelInstances(op, code.Closed, code.Sent)
			ends = slices.ContainsFunc(instances, func(in *instance) bool { return len(in.ends) > 0 })
		}
		if !ends {
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
			Evidence: c.points(in, "the channel is made here", "", "sending or closing"),
		}
		return d
	}
	if len(in.exits) == 0 {
		return nil
	}
	e := in.exits[0]
	d := &Decision{
		Sure:     op.Alone() && !e.unsure() && !partial,
		Cause:    Place{c.exitPos(e), c.exitText(e, "sending or closing")},
		Evidence: []Place{{op.Pos(), fmt.Sprintf("the goroutines wait for a value from %s", name(op))}},
	}
	d.Evidence = append(d.Evidence, c.points(in, "the channel is made here", "it is sent to, or closed, here", "sending or closing")...)
	for _, other := range in.exits[1:] {
		d.Others = append(d.Others, Place{c.exitPos(other), c.exitText(other, "sending or closing")})
	}
	if c.mayRepeat(in, op) {
		d.Fix = c.endAtExits(in, "Send on the way that misses it as well")
	}
	if d.Fix == nil {
		d.Fix = &repair.Fix{Title: "Send, or close the channel, on every way", Why: "The receiver learns that nothing will come."}
		for _, e := range in.exits {
			d.Fix.Steps = append(d.Fix.Steps, fmt.Sprintf("send or close before %s is left at %s", e.in.Name, c.where(c.exitPos(e))))
		}
	}
	return d
}

// mayRepeat says whether what is sent on one way may be sent on another: it
// says nothing, or nobody looks at it, or it is the emptiest of what is sent.
func (c *Case) mayRepeat(in *instance, op *code.Op) bool {
	if t := carries(op); t != nil && emptyStruct(t) || onlyStatement(op.In, op.Node) {
		return true
	}
	f := in.exits[0].in
	first := c.endStatement(in, f)
	if first == nil {
		return false
	}
	least := keys(first)
	others := 0
	for _, u := range in.ends {
		s := c.statementIn(u, f)
		if s == nil || s == first {
			continue
		}
		others++
		if keys(s) <= least {
			return false
		}
	}
	return noArguments(first) || least >= 0 && others > 0
}

// keys counts the fields that the one literal in a statement sets; -1 when it has none.
func keys(s ast.Stmt) int {
	n := -1
	ast.Inspect(s, func(x ast.Node) bool {
		if lit, ok := x.(*ast.CompositeLit); ok && n < 0 {
			n = len(lit.Elts)
			return false
		}
		return true
	})
	return n
}

// noArguments: a statement is a call that is given nothing, as x.Finish() or close(ch).
func noArguments(s ast.Stmt) bool {
	x, ok := s.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := ast.Unparen(x.X).(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	return len(call.Args) == 0 || ok && id.Name == "close"
}

// onlyStatement says whether a node is the statement, not part of a larger one.
func onlyStatement(f *code.Func, n ast.Node) bool {
	x, ok := statement(f, n).(*ast.ExprStmt)
	return ok && ast.Unparen(x.X) == n
}
