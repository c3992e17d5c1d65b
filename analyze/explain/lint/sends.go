package lint

import (
	"fmt"
	"go/ast"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// sender is a goroutine that is started in sight and sends to a channel, and
// has nothing else to do while it waits for a receiver.
type sender struct {
	ch     *channel
	launch *code.Call
	entry  *code.Func
	op     *code.Op
	// owner is the function that the channel does not outlive; start its step
	// that starts the goroutine.
	owner *code.Func
	start ast.Node
}

// sends looks at the goroutines that send to a channel all of whose uses are seen.
func (l *linter) sends(ch *channel) {
	sends := ch.flow.Of(code.UsedSend)
	if len(sends) == 0 || ch.room < 0 {
		return
	}
	receives := ch.flow.Of(code.UsedReceive, code.UsedRange)
	for _, u := range sends {
		op := l.alone(u)
		if op == nil {
			continue
		}
		if len(receives) == 0 && ch.room == 0 {
			l.neverReceived(ch, op)
			continue
		}
		if ch.local {
			l.launchesOf(ch, op)
		}
	}
}

// alone is the operation of a use that waits for nothing else.
func (l *linter) alone(u code.FlowUse) *code.Op {
	if u.In == nil {
		return nil
	}
	for _, op := range l.program.OpsIn(u.In) {
		if op.Node == u.Node && op.Alone() && op.Kind != code.Close {
			return op
		}
	}
	return nil
}

// neverReceived: in no place is anything received from a channel that never leaves the package.
func (l *linter) neverReceived(ch *channel, op *code.Op) {
	if len(ch.flow.Of(code.UsedClose)) > 0 {
		return // then the send panics
	}
	var s *sender
	for _, launch := range l.launches(op.In) {
		s = &sender{ch: ch, launch: launch.call, entry: launch.entry, op: op}
		break
	}
	if s == nil {
		return
	}
	d, ok := l.decide(s, analyze.MissingReceiver)
	if !ok {
		return
	}
	l.add(diagnostic{
		pos: op.Pos(), mechanism: analyze.MissingReceiver,
		text:    fmt.Sprintf("the goroutine waits for ever in this send: nobody receives from %s, and it never leaves the package", variable(op.Node)),
		related: []place{{ch.made.Pos(), "the channel is made here"}, {s.launch.Expr.Pos(), "the goroutine starts here"}}, fix: d.Fix,
	})
}

// launch is a way in which a goroutine comes to be in a function.
type launch struct {
	call  *code.Call
	entry *code.Func
}

// launches are the go statements and launchers' calls whose goroutines may run f.
func (l *linter) launches(f *code.Func) []launch {
	var out []launch
	for _, c := range l.program.Calls() {
		if c.Kind != code.Go && c.Kind != code.Launch || c.In == nil {
			continue
		}
		for _, entry := range c.Callees {
			for _, g := range l.reach(entry) {
				if g == f {
					out = append(out, launch{c, entry})
				}
			}
		}
	}
	return out
}

func (l *linter) launchesOf(ch *channel, op *code.Op) {
	for _, at := range l.launches(op.In) {
		for _, owner := range ch.owners {
			start := l.stepTo(owner, at.call.In, at.call.Expr)
			if start == nil || at.call.Kind == code.Launch && at.call.Name == "time.AfterFunc" {
				continue
			}
			s := &sender{ch: ch, launch: at.call, entry: at.entry, op: op, owner: owner, start: start}
			if !l.synchronous(s) {
				continue
			}
			switch {
			case l.twice(s):
			case l.cast(s):
			case l.timedOut(s):
			case l.left(s):
			}
		}
	}
}

// synchronous says that whoever receives is the owner itself, in its own
// goroutine and not deferred, and that nobody else closes the channel.
func (l *linter) synchronous(s *sender) bool {
	own := map[*code.Func]bool{}
	for _, f := range l.reach(s.owner) {
		own[f] = true
	}
	others := l.elsewhere(s.owner)
	for _, u := range s.ch.flow.Of(code.UsedReceive, code.UsedRange, code.UsedClose) {
		if u.Kind == code.UsedClose && l.runs(s.entry, u.In) {
			continue
		}
		if u.In == nil || !own[u.In] || others[u.In] || u.In.Lit != nil && u.In != s.owner && !l.calledInPlace(u.In) {
			return false
		}
	}
	return true
}

// runs says whether a goroutine that begins in entry may come to f.
func (l *linter) runs(entry, f *code.Func) bool {
	for _, g := range l.reach(entry) {
		if g == f {
			return true
		}
	}
	return false
}

// calledInPlace: a literal that is called where it stands, and is nothing else's business.
func (l *linter) calledInPlace(f *code.Func) bool {
	for _, c := range l.program.CallersOf(f) {
		if c.Kind == code.Plain && ast.Unparen(c.Expr.Fun) == ast.Expr(f.Lit) {
			return true
		}
	}
	return false
}

// again says whether a step of the owner can come after itself for the same channel.
func (l *linter) again(s *sender, f *code.Func, step ast.Node) bool {
	found, _ := l.program.Graph(f).Search(step, l.renews(s, f), func(n ast.Node) bool { return n == step })
	return len(found) > 0
}

// renews says of a step of f whether the channel is a new one from there on.
func (l *linter) renews(s *sender, f *code.Func) func(ast.Node) bool {
	var made ast.Node
	if f == s.ch.in || f == s.owner {
		made = l.stepTo(f, s.ch.in, s.ch.made.(*ast.CallExpr))
	}
	return func(n ast.Node) bool { return made != nil && n == made }
}
