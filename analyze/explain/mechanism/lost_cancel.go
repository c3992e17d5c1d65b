package mechanism

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// lostCancel: the goroutines wait for the end of a context whose cancel function is not called, or not on every way.
func lostCancel(c *Case) (*Decision, string) {
	if !c.waits() {
		return nil, ""
	}
	done := false
	for _, op := range c.Ops {
		derives := c.derivesOf(op)
		done = done || doneOf(op) || len(derives) > 0
		if d := c.uncancelled(derives); d != nil {
			d.Evidence = append([]Place{{op.Pos(), fmt.Sprintf("the goroutines wait for the end of a context: %s", name(op))}}, d.Evidence...)
			return d, ""
		}
	}
	if !done {
		return nil, ""
	}
	return nil, "every cancel function of the contexts that are waited for is called"
}

// cancelled are the instances of the context that a call of context.With… makes.
func (c *Case) cancelled(d *code.Op) ([]*instance, *code.Track) {
	t := c.Program.Track(d.Node.(*ast.CallExpr), 1)
	var ends []code.Use
	for _, u := range t.Uses {
		if u.Inner == "" && (u.Kind == code.Called || u.Kind == code.Passed && u.Unread) {
			ends = append(ends, u)
		}
	}
	return c.instances(t, ends), t
}

// uncancelled decides among the calls that make a context.
func (c *Case) uncancelled(derives []*code.Op) *Decision {
	type lost struct {
		*instance
		op    *code.Op
		track *code.Track
	}
	var all []*instance
	of := map[*instance]lost{}
	for _, d := range derives {
		if d.Other == nil {
			continue
		}
		instances, t := c.cancelled(d)
		for _, in := range instances {
			of[in] = lost{in, d, t}
			all = append(all, in)
		}
	}
	missed := c.missed(all)
	if len(missed) == 0 {
		return nil
	}
	var calls []ast.Node
	for _, in := range missed {
		if n := of[in].op.Node; !slices.Contains(calls, n) {
			calls = append(calls, n)
		}
	}
	first := of[missed[0]]
	d := &Decision{
		Sure:     len(calls) == 1 && !first.elsewhere && !first.track.Partial && !slices.ContainsFunc(first.exits, func(e exit) bool { return e.unsure() }),
		Cause:    Place{first.op.Node.Pos(), cancelText(first.instance)},
		Evidence: c.points(first.instance, "the context and its cancel function are made here", "the cancel function is called here", "calling the cancel function"),
	}
	if len(first.ends) == 0 {
		d.Evidence = append(d.Evidence, Place{first.op.Node.Pos(), "nothing that was read calls this cancel function"})
	}
	for _, e := range first.exits {
		d.Others = append(d.Others, Place{c.exitPos(e), c.exitText(e, "calling the cancel function")})
	}
	for _, u := range c.dropped(first.instance) {
		d.Evidence = append(d.Evidence, Place{u.Node.Pos(), fmt.Sprintf("%s deletes what holds the cancel function, and does not call it", u.In.Name)})
		d.Others = append(d.Others, d.Evidence[len(d.Evidence)-1])
		d.Sure = d.Sure || len(calls) == 1 && !first.track.Partial
	}
	for _, n := range calls[1:] {
		d.Others = append(d.Others, Place{n.Pos(), "the cancel function made here is not called on every way either"})
	}
	d.Fix = c.cancelFix(first.instance, first.op, first.track)
	return d
}

func cancelText(in *instance) string {
	switch {
	case len(in.ends) == 0:
		return "nobody calls the cancel function of this context"
	case in.elsewhere:
		return "the cancel function of this context is called by some, and not by all who drop it"
	}
	return "the cancel function of this context is not called on every way"
}

// dropped are the uses by which a value is deleted from the map that holds it, in a function that does not end it.
func (c *Case) dropped(in *instance) []code.Use {
	w := &ways{c: c, ends: in.ends, seen: map[*code.Func]bool{}}
	var out []code.Use
	if !in.elsewhere {
		return nil
	}
	for _, u := range in.removed {
		ends := false
		for _, f := range append(inOrderOf(u), u.In) {
			ends = ends || len(w.steps(f)) > 0
		}
		if !ends && u.In != nil && !slices.ContainsFunc(out, func(o code.Use) bool { return o.Node == u.Node }) {
			out = append(out, u)
		}
	}
	return out
}

// inOrderOf are the functions by which a use is reached, but for the first, which holds the value.
func inOrderOf(u code.Use) []*code.Func {
	var out []*code.Func
	for _, call := range u.Via[min(1, len(u.Via)):] {
		out = append(out, call.In)
	}
	return out
}
