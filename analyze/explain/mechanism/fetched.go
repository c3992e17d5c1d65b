package mechanism

import (
	"go/ast"
	"go/token"

	"github.com/logcap/logcap/analyze/explain/code"
)

// followFetched looks at those who get the value over a channel: what is asked of
// them is done before they take the next, or leave.
func (c *Case) followFetched(in *instance) {
	for _, u := range in.fetched {
		if u.In == nil {
			continue
		}
		w := &ways{c: c, ends: in.ends, seen: map[*code.Func]bool{}}
		steps := w.steps(u.In)
		if len(steps) == 0 {
			continue
		}
		in.elsewhere = false
		from := c.fetchedAt(u)
		if from == nil || steps[from] != nil {
			in.ended = true
			return
		}
		again := false
		_, exits := c.Program.Graph(u.In).Search(from, func(n ast.Node) bool {
			again = again || n == u.Node && steps[n] == nil
			return steps[n] != nil || n == u.Node
		}, nil)
		for _, n := range exits {
			in.exits = append(in.exits, exit{in: u.In, node: n})
		}
		if again {
			in.exits = append(in.exits, exit{in: u.In, node: c.nextRound(u, steps)})
		}
		in.ended = len(in.exits) == 0
		return
	}
}

// fetchedAt is the step from which on a value is there: the receive, or the body of the loop over the channel.
func (c *Case) fetchedAt(u code.Use) ast.Node {
	if r, ok := u.Node.(*ast.RangeStmt); ok {
		return r.Body
	}
	return c.Program.StepOf(u.In, u.Node)
}

// nextRound is the continue by which a loop goes on without having come to a step; the loop itself when it is written otherwise.
func (c *Case) nextRound(u code.Use, steps map[ast.Node][]*code.Func) ast.Node {
	loop := c.loopAround(u.In, u.Node, nil)
	if loop == nil {
		return u.Node
	}
	var found ast.Node
	ast.Inspect(loop, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ForStmt, *ast.RangeStmt:
			return n == loop
		case *ast.BranchStmt:
			if found == nil && n.Tok == token.CONTINUE && !c.passedBefore(n, loop, steps) {
				found = n
			}
		}
		return found == nil
	})
	if found == nil {
		return loop
	}
	return found
}

// passedBefore says whether a step stands before a statement, in one of the blocks around it.
func (c *Case) passedBefore(n, loop ast.Node, steps map[ast.Node][]*code.Func) bool {
	for ; n != nil && n != loop; n = c.Program.Parent(n) {
		list := c.neighbours(n)
		for _, s := range list {
			if s == n {
				break
			}
			for step := range steps {
				if holds(s, step) {
					return true
				}
			}
		}
	}
	return false
}
