package mechanism

import (
	"fmt"
	"go/ast"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// unclosedRange: the goroutines range over a channel that nobody closes, or not on every way.
func unclosedRange(c *Case) (*Decision, string) {
	if c.Op == nil || c.Op.Kind != code.Range || c.nilChannelState() || c.timed(c.Op) {
		return nil, ""
	}
	op := c.Op
	if op.On.Escapes() {
		return nil, "the channel is handed to code that was not read"
	}
	if len(makes(op.On)) == 0 {
		return nil, "where the channel is made is not known"
	}
	sends := c.Program.Ops(op.On, code.Send)
	instances, partial := c.channelInstances(op, code.Closed)
	if len(c.Program.Ops(op.On, code.Close)) == 0 && !slices.ContainsFunc(instances, func(in *instance) bool { return len(in.ends) > 0 }) {
		return c.nobodyCloses(sends), ""
	}
	missed := c.missed(instances)
	if len(missed) == 0 {
		return nil, "the channel is closed on every way"
	}
	in := missed[0]
	d := &Decision{
		Sure:     !partial && !in.elsewhere && (len(missed) == 1 || len(missed) == len(instances)),
		Evidence: []Place{{op.Pos(), fmt.Sprintf("the goroutines range over %s", name(op))}},
	}
	d.Evidence = append(d.Evidence, c.points(in, "the channel is made here", "it is closed here", "closing the channel")...)
	switch {
	case len(in.exits) > 0:
		e := in.exits[0]
		d.Cause = Place{c.exitPos(e), c.exitText(e, "closing the channel")}
		d.Sure = d.Sure && !e.unsure()
		for _, other := range in.exits[1:] {
			d.Others = append(d.Others, Place{c.exitPos(other), c.exitText(other, "closing the channel")})
		}
		d.Fix = c.endAtExits(in, "Close the channel on the way that misses it as well")
	default:
		var mine []*code.Op
		if d.Cause, mine = c.unclosed(in, sends); !d.Cause.Pos.IsValid() {
			return nil, ""
		}
		made := in.chain[len(in.chain)-1].Call
		d.Others = append(d.Others, Place{made.Pos(), "the channel is made here"})
		d.Fix = c.closeInProducer(made, mine)
		sends = mine
	}
	if d.Fix == nil {
		d.Fix = c.closeChannelSteps(sends, in.exits)
	}
	return d, ""
}

// unclosed is who should close the channel of an instance that nobody closes, while others
// of its kind are closed: who sends to this one. With its senders, all of them where they are not told apart.
func (c *Case) unclosed(in *instance, sends []*code.Op) (Place, []*code.Op) {
	level := in.chain[len(in.chain)-1]
	if level.Call == nil {
		return Place{}, nil
	}
	var mine []*code.Op
	for _, u := range c.Program.Track(level.Call, 0).Of(code.Sent) {
		i := slices.IndexFunc(sends, func(op *code.Op) bool { return op.Node == u.Node })
		if i >= 0 && u.Inner == "" && !slices.Contains(mine, sends[i]) {
			mine = append(mine, sends[i])
		}
	}
	if len(mine) == 0 {
		return Place{level.Call.Pos(), "nobody closes the channel that is made here"}, sends
	}
	return Place{mine[0].Pos(), fmt.Sprintf("who sends to %s never closes it", name(mine[0]))}, mine
}

// nobodyCloses: there is no close in the whole program.
func (c *Case) nobodyCloses(sends []*code.Op) *Decision {
	op := c.Op
	d := &Decision{
		Sure: true,
		Evidence: []Place{
			{op.Pos(), fmt.Sprintf("the goroutines range over %s", name(op))},
			{op.Pos(), "in all packages that were read nobody closes this channel"},
		},
	}
	for _, s := range sends {
		d.Evidence = append(d.Evidence, Place{s.Pos(), "what is ranged over is sent here"})
	}
	if len(sends) > 0 {
		d.Cause = Place{sends[0].Pos(), fmt.Sprintf("who sends to %s never closes it", name(sends[0]))}
	} else {
		d.Cause = Place{makes(op.On)[0].Node.Pos(), "the channel that is made here is never closed"}
	}
	for _, o := range makes(op.On) {
		d.Others = append(d.Others, Place{o.Node.Pos(), "the channel is made here"})
	}
	if o := c.onlyMake(op.On); o != nil && len(makes(op.On)) == 1 {
		d.Fix = c.closeInProducer(o.Node.(*ast.CallExpr), sends)
	}
	if d.Fix == nil {
		d.Fix = c.closeChannelSteps(sends, nil)
	}
	return d
}

func (c *Case) closeChannelSteps(sends []*code.Op, exits []exit) *repair.Fix {
	fix := &repair.Fix{Title: "Close the channel when the last value has been sent", Why: "A range ends when its channel is closed."}
	for _, e := range exits {
		fix.Steps = append(fix.Steps, fmt.Sprintf("close it before %s is left at %s", e.in.Name, c.where(c.exitPos(e))))
	}
	if len(fix.Steps) > 0 {
		return fix
	}
	for _, s := range sends {
		if s.In != nil {
			fix.Steps = append(fix.Steps, fmt.Sprintf("close %s behind the last send of %s, at %s, when no other sender is left", name(s), s.In.Name, c.where(s.Pos())))
		}
	}
	if len(fix.Steps) == 0 {
		fix.Steps = []string{fmt.Sprintf("close the channel that is made at %s", c.where(makes(c.Op.On)[0].Node.Pos()))}
	}
	return fix
}

// closeInProducer defers the close in the one function that sends to what a call of make made, when one run of it sends all there is.
func (c *Case) closeInProducer(made *ast.CallExpr, sends []*code.Op) *repair.Fix {
	i := slices.IndexFunc(makes(c.Op.On), func(o code.Origin) bool { return o.Node == made })
	if i < 0 {
		return nil
	}
	o := &makes(c.Op.On)[i]
	if o.In == nil {
		o.In = c.Program.Around(made.Pos())
	}
	var producer *code.Func
	var x ast.Expr
	for _, s := range sends {
		if s.In == nil || producer != nil && producer != s.In {
			return nil
		}
		producer, x = s.In, s.Node.(*ast.SendStmt).Chan
	}
	if producer == nil || !c.oncePerChannel(producer, o) {
		return nil
	}
	id, ok := ast.Unparen(x).(*ast.Ident)
	fix := &repair.Fix{Title: "Close the channel when its one sender ends", Why: fmt.Sprintf("%s sends all there is; the range ends when it has.", producer.Name)}
	if ok && producer == o.In {
		s := statement(producer, o.Node)
		assign, is := s.(*ast.AssignStmt)
		if !is || !c.Program.Graph(producer).Holds(assign) || c.waitsBehind(producer) {
			return nil
		}
		fix.Edits = []repair.Edit{{Pos: assign.End(), End: assign.End(), New: fmt.Sprintf("\ndefer close(%s)", id.Name)}}
		return fix
	}
	if !means(producer, x, producer.Body.Lbrace+1) {
		return nil
	}
	if recvOnly(producer.Pkg.Info.TypeOf(x)) {
		return nil
	}
	fix.Edits = []repair.Edit{{Pos: producer.Body.Lbrace + 1, End: producer.Body.Lbrace + 1, New: fmt.Sprintf("\ndefer close(%s)", text(x))}}
	return fix
}

// oncePerChannel says whether a function runs once for each channel: one place calls
// or starts it, in no loop that does not make a channel of its own.
func (c *Case) oncePerChannel(f *code.Func, o *code.Origin) bool {
	if f == o.In {
		return true
	}
	callers := c.Program.CallersOf(f)
	if len(callers) != 1 || callers[0].In == nil {
		return false
	}
	call := callers[0]
	if call.In != o.In {
		step := c.Program.StepOf(call.In, call.Expr)
		return step != nil && !c.Program.Graph(call.In).InLoop(step) && c.oncePerChannel(call.In, o)
	}
	return c.loopAround(call.In, call.Expr, o.Node) == nil
}

// waitsBehind: the function waits for the goroutine itself, and a close by defer would come too late.
func (c *Case) waitsBehind(f *code.Func) bool {
	return len(c.Program.OpsIn(f, code.Wait, code.Receive)) > 0
}
