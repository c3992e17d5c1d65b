package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// contractViolation: the goroutines wait for a channel that a method like Stop closes, and nobody calls it for this value.
func contractViolation(c *Case) (*Decision, string) {
	if !c.waits() || c.nilChannelState() {
		return nil, ""
	}
	why := ""
	for _, op := range c.Ops {
		if op.Kind != code.Receive || c.timed(op) || doneOf(op) {
			continue
		}
		stop := c.stopOf(op)
		if stop == nil {
			continue
		}
		instances, partial := c.channelInstances(op, code.Closed, code.Sent)
		missed := c.missed(instances)
		if len(missed) > 0 && missed[0].at == nil && len(missed[0].exits) > 0 {
			why = "another goroutine is to do it, which got it over a channel"
			continue
		}
		if len(missed) == 0 {
			why = fmt.Sprintf("%s is called on every way", stop.Name)
			continue
		}
		in := missed[0]
		level := c.keeper(in, stop)
		if level.Call == nil {
			continue
		}
		d := &Decision{
			Sure:     (len(missed) == 1 || len(in.ends) == 0 && len(missed) == len(instances)) && !in.elsewhere && !partial && len(in.chain) > 1 && !slices.ContainsFunc(in.exits, exit.unsure),
			Cause:    Place{level.Call.Pos(), fmt.Sprintf("what begins with this call is never ended: %s is not called", stop.Name)},
			Evidence: []Place{{op.Pos(), fmt.Sprintf("the goroutines wait for %s", name(op))}, {stop.Node().Pos(), fmt.Sprintf("%s ends this wait", stop.Name)}},
		}
		if in.at != nil {
			d.Cause.Text = fmt.Sprintf("what begins with this call is not ended on every way: %s is not always called", stop.Name)
		}
		d.Evidence = append(d.Evidence, c.points(in, "the channel is made here", "it is ended here", "ending it")...)
		for _, l := range in.chain[:len(in.chain)-1] {
			if l != level && l.Call != nil {
				d.Others = append(d.Others, Place{l.Call.Pos(), "this call is on the way from where the channel is made to who should end it"})
			}
		}
		d.Fix = c.stopFix(in, level, stop)
		return d, ""
	}
	return nil, why
}

// keeper is the call by which the value came to who should end it. What only holds the
// value, as its own affair, and has no method that ends it, leaves that to the function that put it there.
func (c *Case) keeper(in *instance, stop *code.Func) *code.Level {
	level := in.blame()
	if in.at != nil || len(in.ends) > 0 || stop.Decl == nil {
		return level
	}
	for level.Inner != nil && level.Inner.Call != nil && level.Inner.Inner != nil && !c.canStop(level, stop) {
		level = level.Inner
	}
	return level
}

// canStop says whether who makes a call gets something with a method that is stop, or comes to it; of what is no struct's methods nothing is known, and it may.
func (c *Case) canStop(level *code.Level, stop *code.Func) bool {
	if level.In == nil {
		return true
	}
	for _, t := range results(level.In.Pkg, level.Call) {
		if _, ok := deref(t).Underlying().(*types.Struct); !ok {
			if _, basic := t.Underlying().(*types.Basic); !basic && code.TypeName(t) != "error" {
				return true
			}
			continue
		}
		all := types.NewMethodSet(types.NewPointer(deref(t)))
		for m := range all.Methods() {
			fn, _ := m.Obj().(*types.Func)
			if f := c.Program.FuncOf(fn); f != nil && (f == stop || c.leadsTo(f, stop, deepest) != nil) {
				return true
			}
		}
	}
	return false
}

// stopOf is the function that people call to end a wait: it closes the channel,
// or sends to it, and is a method by its name, or handed out for this purpose.
func (c *Case) stopOf(op *code.Op) *code.Func {
	t := carries(op)
	for _, e := range c.Program.Ops(op.On, code.Close, code.Send) {
		if e.In == nil {
			continue
		}
		f := e.In.Declared()
		if stops(f) && !(op.Alone() && tells(f)) || e.Kind == code.Close && f.Receiver() != nil && e.In.Within(f) && t != nil && emptyStruct(t) && len(c.Ops) > 1 {
			return f
		}
		if e.In.Lit != nil && e.Kind == code.Close && c.handedOut(e.In) {
			return e.In
		}
	}
	return nil
}

// handedOut: a literal is a function's result, or kept in a struct.
func (c *Case) handedOut(lit *code.Func) bool {
	switch c.Program.Parent(lit.Lit).(type) {
	case *ast.ReturnStmt, *ast.KeyValueExpr:
		return true
	}
	return false
}

// channelInstances are the channels that an operation may work on, each followed from where it is made.
func (c *Case) channelInstances(op *code.Op, kinds ...code.UseKind) (all []*instance, partial bool) {
	for _, o := range makes(op.On) {
		call, ok := o.Node.(*ast.CallExpr)
		if !ok {
			continue
		}
		t := c.Program.Track(call, 0)
		partial = partial || t.Partial
		var ends []code.Use
		for _, u := range t.Uses {
			if u.Inner == "" && (slices.Contains(kinds, u.Kind) || u.Kind == code.Passed && u.Unread) && !c.afterWait(u) {
				ends = append(ends, u)
			}
		}
		all = append(all, c.instances(t, ends)...)
	}
	return all, partial
}

// stopFix ends the value where it is missed: on the ways that miss it, or
// with the function that made it, when it does not leave that.
func (c *Case) stopFix(in *instance, level *code.Level, stop *code.Func) *repair.Fix {
	title := "End it on the way that misses it"
	if fix := c.endAtExits(in, title); fix != nil {
		return fix
	}
	if len(in.ends) == 0 {
		if fix := c.deferStop(level, stop); fix != nil {
			return fix
		}
	}
	fix := &repair.Fix{Title: "Call " + stop.Name + " on every way", Why: "The goroutine that waits for it ends then."}
	for _, e := range in.exits {
		fix.Steps = append(fix.Steps, fmt.Sprintf("call it before %s is left at %s", e.in.Name, c.where(c.exitPos(e))))
	}
	if len(fix.Steps) == 0 {
		fix.Steps = []string{fmt.Sprintf("call it when what begins at %s is over", c.where(level.Call.Pos()))}
	}
	return fix
}

// deferStop defers the stop behind the call that made the value.
func (c *Case) deferStop(level *code.Level, stop *code.Func) *repair.Fix {
	f := level.In
	if f == nil || !c.goesOn(f, level.Call) || c.Program.Graph(f).InLoop(c.Program.StepOf(f, level.Call)) {
		return nil
	}
	fix := &repair.Fix{
		Title: "Defer the call that ends it",
		Why:   fmt.Sprintf("What was begun ends with %s, on every way out.", f.Name),
	}
	s := statement(f, level.Call)
	if x, ok := s.(*ast.ExprStmt); ok && ast.Unparen(x.X) == level.Call && stop.Lit != nil && givesStop(f.Pkg.Info.TypeOf(level.Call)) {
		fix.Edits = []repair.Edit{{Pos: x.Pos(), End: x.Pos(), New: "defer "}, {Pos: x.End(), End: x.End(), New: "()"}}
		return fix
	}
	assign, ok := s.(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 || ast.Unparen(assign.Rhs[0]) != level.Call || stop.Decl == nil || stop.Receiver() == nil || len(stop.Params()) > 0 {
		return nil
	}
	for i, l := range assign.Lhs {
		id, ok := l.(*ast.Ident)
		if !ok || id.Name == "_" {
			continue
		}
		t := f.Pkg.Info.TypeOf(id)
		if t == nil {
			continue
		}
		obj, _, _ := types.LookupFieldOrMethod(t, true, f.Pkg.Types, stop.Decl.Name.Name)
		if fn, ok := obj.(*types.Func); !ok || c.Program.FuncOf(fn) != stop {
			continue
		}
		if t := c.Program.Track(level.Call, i); leavesLevel(t) {
			return nil
		}
		pos := assign.End()
		if g := c.guard(f, c.Program.StepOf(f, level.Call)); g != nil {
			if g.Init == assign {
				return nil
			}
			pos = g.End()
		}
		fix.Edits = []repair.Edit{{Pos: pos, End: pos, New: "\ndefer " + id.Name + "." + stop.Decl.Name.Name + "()"}}
		return fix
	}
	return nil
}

func givesStop(t types.Type) bool {
	sig, ok := t.(*types.Signature)
	return ok && sig.Params().Len() == 0
}

// leavesLevel: a value is returned, or stored in what outlives the function.
func leavesLevel(t *code.Track) bool {
	return slices.ContainsFunc(t.Uses, func(u code.Use) bool {
		return len(u.Via) == 0 && (u.Kind == code.Returned || u.Kind == code.Stored && u.Name != "")
	})
}
