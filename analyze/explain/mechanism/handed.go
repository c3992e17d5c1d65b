package mechanism

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// leftUnread: the channel was handed to a function that did not start the goroutine, and which
// receives from it on some ways and leaves without on others.
func (c *Case) leftUnread(ch *code.Value) *Decision {
	o := c.onlyMake(ch)
	if o == nil {
		return nil
	}
	t := c.Program.Track(o.Node.(*ast.CallExpr), 0)
	ends := slices.DeleteFunc(t.Of(code.Received), func(u code.Use) bool { return u.Inner != "" })
	instances := c.instances(t, ends)
	for _, in := range c.missed(instances) {
		if len(in.exits) == 0 || !c.endsIn(in, in.exits[0].in) || c.launchStep(in.exits[0].in) != nil {
			continue
		}
		e := in.exits[0]
		if e.loose {
			continue
		}
		d := &Decision{
			Sure:  !t.Partial && !e.unsure() && !in.elsewhere && len(instances) == 1,
			Cause: Place{c.exitPos(e), c.exitText(e, "receiving from the channel")},
			Evidence: []Place{
				{c.Op.Pos(), fmt.Sprintf("the goroutine sends to %s, which has room for %s", name(c.Op), room(c.capacity(ch)))},
			},
		}
		d.Evidence = append(d.Evidence, c.points(in, "the channel is made here", "it is received from here", "receiving from the channel")...)
		for _, other := range in.exits[1:] {
			d.Others = append(d.Others, Place{c.exitPos(other), c.exitText(other, "receiving from the channel")})
		}
		if c.once() {
			d.Fix = c.buffer("1", "The goroutine can hand its value over and end, whether somebody is there to take it or not.")
		} else if c.comesToItsEnd(t) {
			d.Fix = c.drain(in)
		}
		return d
	}
	return nil
}

// endsIn says whether a function is one of those that come to an end, itself and in no goroutine that it starts.
func (c *Case) endsIn(in *instance, f *code.Func) bool {
	return slices.ContainsFunc(in.ends, func(u code.Use) bool {
		if u.In == f {
			return true
		}
		i := slices.IndexFunc(u.Via, func(call *code.Call) bool { return call.In == f })
		return i >= 0 && !slices.ContainsFunc(u.Via[i:], func(call *code.Call) bool { return call.Kind == code.Go || call.Kind == code.Launch })
	})
}

// comesToItsEnd: the channel is closed on every way, and no loop without a condition sends to it, so that who takes all there is has an end.
func (c *Case) comesToItsEnd(t *code.Track) bool {
	closes := slices.DeleteFunc(t.Of(code.Closed), func(u code.Use) bool { return u.Inner != "" })
	all := c.instances(t, closes)
	if len(closes) == 0 || slices.ContainsFunc(all, func(in *instance) bool { return !in.ended }) {
		return false
	}
	nodes := map[*code.Func]ast.Node{c.Op.In: c.Op.Node}
	for _, f := range c.Frames {
		if f.Call != nil && f.Func != c.Op.In {
			nodes[f.Func] = f.Call
		}
	}
	for f, n := range nodes {
		if loop, ok := c.loopAround(f, n, nil).(*ast.ForStmt); ok && loop.Cond == nil {
			return false
		}
	}
	return true
}

// drain receives what is left on the ways that miss it, so that the sender comes to its end.
func (c *Case) drain(in *instance) *repair.Fix {
	if len(in.exits) > mostMissed {
		return nil
	}
	fix := &repair.Fix{Title: "Receive what is left on the way that misses it", Why: "The sender comes to its end and closes the channel; nothing that it holds stays."}
	for _, e := range in.exits {
		i := slices.IndexFunc(in.ends, func(u code.Use) bool {
			r, ok := u.Node.(*ast.RangeStmt)
			return ok && u.In == e.in && pureName(r.X) && means(e.in, r.X, e.node.Pos())
		})
		if _, ok := e.node.(*ast.ReturnStmt); !ok || i < 0 || !inBlock(c.Program.Parent(e.node), e.node) {
			return nil
		}
		pos := e.node.Pos()
		fix.Edits = append(fix.Edits, repair.Edit{Pos: pos, End: pos, New: fmt.Sprintf("for range %s {\n}\n", text(in.ends[i].Node.(*ast.RangeStmt).X))})
	}
	return fix
}
