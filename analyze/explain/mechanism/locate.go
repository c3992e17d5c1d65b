package mechanism

import (
	"go/ast"
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/goroutine"
)

// Finder maps a position of a profile to a file of the program and a line in it; false when it is not in the tree.
type Finder func(analyze.Position) (file string, line int, ok bool)

// New finds a finding's place in the source.
func New(p *code.Program, f *analyze.Finding, find Finder) *Case {
	c := &Case{Program: p, State: f.State, Finding: f}
	c.Frames = frames(p, f.Stack, find)
	for _, pos := range f.Stack {
		c.Stack = append(c.Stack, pos.Func)
	}
	for _, a := range f.Lineage {
		c.Lineage = append(c.Lineage, frames(p, []analyze.Position{a.Position}, find)...)
	}
	c.findEntry(f)
	c.findLaunch(f, find)
	if file, line, ok := find(f.Blocked); ok {
		c.findOp(file, line)
	}
	if c.Op == nil && len(c.Frames) > 0 {
		c.findOp(c.Frames[0].File, c.Frames[0].Line)
	}
	if f.Holder != nil {
		if file, line, ok := find(*f.Holder); ok {
			c.sits = p.OpsAt(file, line)
		}
	}
	return c
}

// frames are the positions of a stack that are in the program, innermost first.
func frames(p *code.Program, stack []analyze.Position, find Finder) []Frame {
	var out []Frame
	for _, pos := range stack {
		file, line, ok := find(pos)
		if !ok {
			continue
		}
		fn := p.At(file, line)
		if fn == nil {
			continue
		}
		fr := Frame{Func: fn, Line: line, File: file, Pos: fn.Node().Pos()}
		var inner *code.Func
		if len(out) > 0 {
			inner = out[len(out)-1].Func
		}
		fr.Call = callOn(p, fn, file, line, inner)
		if fr.Call != nil {
			fr.Pos = fr.Call.Pos()
		}
		out = append(out, fr)
	}
	return out
}

// callOn is the call on a line that leads to inner: the one that may call it, else the only one.
func callOn(p *code.Program, fn *code.Func, file string, line int, inner *code.Func) *ast.CallExpr {
	var all []*ast.CallExpr
	for _, call := range p.CallAt(file, line, code.Plain, code.Defer) {
		if call.In != fn {
			continue
		}
		for _, f := range call.Callees {
			if f == inner {
				return call.Expr
			}
		}
		all = append(all, call.Expr)
	}
	if len(all) == 1 {
		return all[0]
	}
	return nil
}

func (c *Case) findEntry(f *analyze.Finding) {
	if n := len(c.Frames); n > 0 {
		c.Entry = c.Frames[n-1].Func
	}
	name := f.Site.Entry
	if name == "" || c.Entry != nil && strings.HasPrefix(name, c.Entry.Declared().Name) {
		return
	}
	if all := c.Program.Named(name); len(all) == 1 && strings.Count(name, ".func") == 0 {
		c.Entry = all[0]
	}
}

// findLaunch looks for the go statement at the site's line; without one, for the only one that starts the entry.
func (c *Case) findLaunch(f *analyze.Finding, find Finder) {
	at := analyze.Position{Func: f.Site.Func, File: f.Site.File, Line: f.Site.Line}
	if file, line, ok := find(at); ok {
		calls := c.Program.CallAt(file, line, code.Go, code.Launch)
		for _, call := range calls {
			if c.starts(call) {
				c.launch(call)
				return
			}
		}
		if len(calls) == 1 {
			c.launch(calls[0])
			return
		}
	}
	if c.Entry == nil {
		return
	}
	var only *code.Call
	for _, call := range c.Program.CallersOf(c.Entry) {
		if call.Kind != code.Go && call.Kind != code.Launch {
			continue
		}
		if only != nil {
			return
		}
		only = call
	}
	if only != nil {
		c.launch(only)
	}
}

func (c *Case) launch(call *code.Call) { c.Launch, c.Parent = call, call.In }

func (c *Case) starts(call *code.Call) bool {
	for _, f := range call.Callees {
		if f == c.Entry {
			return true
		}
	}
	return false
}

// findOp picks the operations on a line that fit the wait state.
func (c *Case) findOp(file string, line int) {
	for _, op := range c.Program.OpsAt(file, line) {
		if op.In == nil || !fits(c.State, op) {
			continue
		}
		c.Ops = append(c.Ops, op)
	}
	if len(c.Ops) > 0 {
		c.Op = c.Ops[0]
	}
}

// fits says whether a goroutine in a wait state can be in an operation.
func fits(state goroutine.State, op *code.Op) bool {
	s := string(state)
	switch {
	case strings.HasPrefix(s, "chan send"):
		return op.Kind == code.Send
	case strings.HasPrefix(s, "chan receive"):
		return op.Kind == code.Receive || op.Kind == code.Range
	case strings.HasPrefix(s, "select"):
		return op.Select != nil
	case s == "sync.RWMutex.RLock":
		return op.Kind == code.RLock
	case s == "sync.Mutex.Lock", s == "sync.RWMutex.Lock":
		return op.Kind == code.Lock
	case s == "sync.Cond.Wait", s == "sync.WaitGroup.Wait":
		return op.Kind == code.Wait
	case s == "semacquire":
		return op.Kind == code.Lock || op.Kind == code.RLock || op.Kind == code.Wait
	}
	return false
}
