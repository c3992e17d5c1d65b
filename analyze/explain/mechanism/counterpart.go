package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
)

// waits says that the goroutines wait to receive, in a select perhaps.
func (c *Case) waits() bool {
	return c.Op != nil && slices.ContainsFunc(c.Ops, func(op *code.Op) bool { return op.Kind == code.Receive || op.Kind == code.Range })
}

// nilChannelState: the runtime says that the channel is nil.
func (c *Case) nilChannelState() bool { return strings.Contains(string(c.State), "nil chan") }

// channelOf is the expression of the channel that an operation works on.
func channelOf(op *code.Op) ast.Expr {
	switch n := op.Node.(type) {
	case *ast.SendStmt:
		return n.Chan
	case *ast.UnaryExpr:
		return n.X
	case *ast.RangeStmt:
		return n.X
	case *ast.CallExpr:
		if len(n.Args) > 0 {
			return n.Args[0]
		}
	}
	return nil
}

// carries is the type of what a channel carries, nil when it is not known.
func carries(op *code.Op) types.Type {
	x := channelOf(op)
	if x == nil || op.In == nil {
		return nil
	}
	t := op.In.Pkg.Info.TypeOf(x)
	if t == nil {
		return nil
	}
	if ch, ok := t.Underlying().(*types.Chan); ok {
		return ch.Elem()
	}
	return nil
}

// timed says that an operation waits for a timer: a channel of times to which nobody in the program sends.
func (c *Case) timed(op *code.Op) bool {
	t := carries(op)
	return t != nil && code.TypeName(t) == "time.Time" && len(c.Program.Ops(op.On, code.Send, code.Close)) == 0
}

// doneOf says that an operation waits for the end of a context.
func doneOf(op *code.Op) bool {
	x := channelOf(op)
	if x == nil || op.In == nil {
		return false
	}
	if call, ok := ast.Unparen(x).(*ast.CallExpr); ok && code.FullName(op.In.Pkg, call) == "(context.Context).Done" {
		return true
	}
	return false
}

// derivesOf are the calls of context.With… whose context's end an operation may wait for.
func (c *Case) derivesOf(op *code.Op) []*code.Op {
	var out []*code.Op
	for _, d := range c.Program.All(code.Derive) {
		if d.On.Element().Same(op.On) {
			out = append(out, d)
		}
	}
	return out
}

// near says whether a value's functions have to do with the goroutine's start: one launches it, or is its ancestor.
func (c *Case) near(in *instance) bool {
	for _, l := range in.chain {
		if l.In == nil {
			continue
		}
		if c.Parent != nil && l.In.Declared() == c.Parent.Declared() || c.Entry != nil && l.In == c.Entry || c.launchStep(l.In) != nil {
			return true
		}
		for _, f := range c.Lineage {
			if f.Func.Declared() == l.In.Declared() {
				return true
			}
		}
	}
	return false
}

// fromLineage counts how many of the value's functions are in the ancestors' stacks.
func (c *Case) fromLineage(in *instance) int {
	n := 0
	for _, l := range in.chain {
		if l.In != nil && slices.ContainsFunc(c.Lineage, func(f Frame) bool { return f.Func.Declared() == l.In.Declared() }) {
			n++
		}
	}
	return n
}

// missed are the instances whose end may be missed: those that have most to do with the goroutine's start.
func (c *Case) missed(all []*instance) []*instance {
	var out []*instance
	for _, in := range all {
		if !in.ended {
			out = append(out, in)
		}
	}
	rank := map[*instance]int{}
	for _, in := range out {
		rank[in] = 10 * c.fromLineage(in)
		if c.near(in) {
			rank[in] += 5
		}
		if in.at != nil {
			rank[in] += 2
		}
	}
	slices.SortStableFunc(out, func(a, b *instance) int { return rank[b] - rank[a] })
	for i, in := range out {
		if rank[in] < rank[out[0]] {
			return out[:i]
		}
	}
	return out
}

// blame is the call by which the value came to the function that should end it:
// the outermost that got it as a result, or called what makes it.
func (in *instance) blame() *code.Level {
	if in.at != nil {
		return in.at
	}
	best := in.chain[len(in.chain)-1]
	for i := len(in.chain) - 2; i >= 0; i-- {
		l := in.chain[i]
		if l.Stored && strings.Count(l.Path, ".") > 1 || l.In == nil {
			break
		}
		best = l
	}
	return best
}

// points are the evidence of an instance.
func (c *Case) points(in *instance, what, ends, doing string) []Place {
	var out []Place
	for i := len(in.chain) - 1; i >= 0; i-- {
		l := in.chain[i]
		if l.Call == nil || l.In == nil {
			continue
		}
		text := "this call gives it to " + l.In.Name
		if i == len(in.chain)-1 {
			text = what
		}
		out = append(out, Place{l.Call.Pos(), text})
	}
	seen := map[ast.Node]bool{}
	for _, u := range in.ends {
		if !seen[u.Node] {
			seen[u.Node] = true
			out = append(out, Place{u.Node.Pos(), ends})
		}
	}
	for _, e := range in.exits {
		out = append(out, Place{c.exitPos(e), c.exitText(e, doing)})
	}
	return out
}

func (c *Case) exitPos(e exit) (pos token.Pos) {
	if e.call != nil {
		return e.in.Node().Pos()
	}
	pos, _ = leaving(e.node)
	return pos
}

func (c *Case) exitText(e exit, doing string) string {
	if e.call != nil {
		return fmt.Sprintf("%s may call %s instead, which leaves without %s", text(e.call.Fun), e.in.Name, doing)
	}
	_, how := leaving(e.node)
	return fmt.Sprintf("%s %s here without %s", e.in.Name, how, doing)
}

// recvOnly says whether a channel can only be received from, and so not closed.
func recvOnly(t types.Type) bool {
	if t == nil {
		return true
	}
	ch, ok := t.Underlying().(*types.Chan)
	return !ok || ch.Dir() == types.RecvOnly
}

// isContextType says whether a type expression is context.Context.
func isContextType(f Frame, x ast.Expr) bool {
	return code.TypeName(f.Func.Pkg.Info.TypeOf(x)) == "context.Context"
}

// takesAll says whether the function value that is called is a variable that is
// set from functions that are written down where it is set, and so is each of them at times.
func (c *Case) takesAll(f *code.Func, call *ast.CallExpr) bool {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := f.Pkg.Info.ObjectOf(id).(*types.Var)
	if !ok {
		return false
	}
	all, ok := c.Program.SetFrom(f.Pkg, v)
	for _, x := range all {
		switch x := ast.Unparen(x).(type) {
		case *ast.FuncLit:
		case *ast.Ident:
			_, is := f.Pkg.Info.ObjectOf(x).(*types.Func)
			ok = ok && is
		case *ast.SelectorExpr:
			_, is := f.Pkg.Info.ObjectOf(x.Sel).(*types.Func)
			ok = ok && is
		default:
			return false
		}
	}
	return ok && len(all) > 0
}

// unsure says whether a way out is one that may not be.
func (e exit) unsure() bool { return e.call != nil && !e.sure || e.loose }
