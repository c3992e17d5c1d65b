package mechanism

import (
	"cmp"
	"go/ast"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// deepest bounds how many calls lie between a function and the go statement that it leads to.
const deepest = 4

// launchStep is the step of f that starts the case's goroutine: the go
// statement, the launcher's call, or the call that leads there. Nil when f does not start it.
func (c *Case) launchStep(f *code.Func) ast.Node {
	if c.Launch == nil {
		return nil
	}
	if step := c.stepOf(f, c.Launch); step != nil {
		return step
	}
	return c.leadsTo(f, c.Launch.In, deepest)
}

// stepOf is the step of f that a call is: of `go f()` the statement.
func (c *Case) stepOf(f *code.Func, call *code.Call) ast.Node {
	if call.In != f {
		return nil
	}
	g := c.Program.Graph(f)
	if g.Holds(call.Expr) {
		return call.Expr
	}
	return g.Find(func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.GoStmt:
			return s.Call == call.Expr
		case *ast.DeferStmt:
			return s.Call == call.Expr
		}
		return false
	})
}

// leadsTo is the step of f from which target is called, over some calls.
func (c *Case) leadsTo(f, target *code.Func, depth int) ast.Node {
	if target == nil || depth == 0 {
		return nil
	}
	for _, call := range c.Program.CallersOf(target) {
		if call.In == nil || call.Kind == code.Go || call.Kind == code.Launch {
			continue
		}
		if step := c.stepOf(f, call); step != nil {
			return step
		}
	}
	for _, call := range c.Program.CallersOf(target) {
		if call.In == nil || call.In == target || call.Kind == code.Go || call.Kind == code.Launch {
			continue
		}
		if step := c.leadsTo(f, call.In, depth-1); step != nil {
			return step
		}
	}
	return nil
}

// takes says whether a step receives from the channel: itself, or in a function it calls.
func (c *Case) takes(v *code.Value) func(ast.Node) bool {
	direct := map[ast.Node]bool{}
	for _, op := range c.Program.Ops(v, code.Receive, code.Range) {
		direct[op.Node] = true
	}
	takers := c.takers(v)
	calls := map[ast.Node]bool{}
	for _, f := range takers {
		for _, call := range c.Program.CallersOf(f) {
			calls[call.Expr] = true
		}
	}
	return func(n ast.Node) bool {
		switch s := n.(type) {
		case *ast.GoStmt:
			return calls[s.Call]
		case *ast.DeferStmt:
			return calls[s.Call]
		}
		return direct[n] || calls[n]
	}
}

// firstTake is the step of f that receives from the channel, itself or by a call.
func (c *Case) firstTake(f *code.Func, v *code.Value) ast.Node {
	return c.Program.Graph(f).Find(c.takes(v))
}

// alternatives are, for every select in f that may receive from the channel, its other cases' operations, each with its clause.
func (c *Case) alternatives(f *code.Func, v *code.Value) map[ast.Node]*ast.CommClause {
	out := map[ast.Node]*ast.CommClause{}
	for _, op := range c.receivesIn(f, v) {
		if op.Select == nil {
			continue
		}
		for _, other := range op.Select.Body.List {
			clause := other.(*ast.CommClause)
			if clause == op.Clause || clause.Comm == nil {
				continue
			}
			for _, o := range c.Program.OpsIn(f) {
				if o.Clause == clause {
					out[o.Node] = clause
				}
			}
		}
	}
	return out
}

// inOrder goes through nodes in the order of the source, so that the answer is the same every time.
func inOrder[V any](m map[ast.Node]V) func(yield func(ast.Node, V) bool) {
	keys := make([]ast.Node, 0, len(m))
	for n := range m {
		keys = append(keys, n)
	}
	slices.SortFunc(keys, func(a, b ast.Node) int { return cmp.Compare(a.Pos(), b.Pos()) })
	return func(yield func(ast.Node, V) bool) {
		for _, n := range keys {
			if !yield(n, m[n]) {
				return
			}
		}
	}
}

// startedFor says whether a function that f calls or that calls f starts the
// goroutine, when the go statement is not on a way through f itself: the channel is what ties them.
func (c *Case) startedFor(f *code.Func, v *code.Value) bool {
	for _, o := range makes(v) {
		if o.In != nil && (o.In == f || o.In == c.Parent || c.leadsTo(f, o.In, deepest) != nil) {
			return true
		}
	}
	return false
}
