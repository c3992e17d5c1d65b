package mechanism

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
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
