package mechanism

import (
	"fmt"
	"go/ast"

	"github.com/logcap/logcap/analyze/explain/code"
)

// missingReceiver: nobody receives from the channel, or the one who did has left.
func missingReceiver(c *Case) (*Decision, string) {
	if !c.sends() {
		return nil, ""
	}
	ch := c.Op.On
	all := c.Program.Ops(ch, code.Receive, code.Range)
	if len(all) == 0 {
		if ch.Escapes() {
			return nil, "the channel is handed to code that was not read"
		}
		d := &Decision{
			Sure:     true,
			Cause:    Place{c.Op.Pos(), fmt.Sprintf("nobody receives from %s", name(c.Op))},
			Evidence: []Place{{c.Op.Pos(), "in all packages that were read there is no receive from this channel"}},
		}
		if c.once() {
			d.Fix = c.buffer("1", "The goroutine can leave its value in the channel and end.")
		}
		return d, ""
	}
	for _, r := range all {
		if r.In == nil {
			continue
		}
		g := c.Program.Graph(r.In)
		_, exits := g.Search(r.Node, nil, nil)
		if len(exits) == 0 || !g.InLoop(r.Node) && r.Kind != code.Range {
			continue
		}
		pos, how := leaving(exits[0])
		return &Decision{
			Cause: Place{pos, fmt.Sprintf("%s, which receives from the channel, %s here", r.In.Name, how)},
			Evidence: []Place{
				{r.Pos(), fmt.Sprintf("%s receives from it in a loop", r.In.Name)},
				{pos, "there is a way out of the loop, and senders do not learn of it"},
			},
		}, ""
	}
	return nil, "the receives from the channel are reached by every sender's counterpart"
}

// statement is the innermost statement of f that holds a node.
func statement(f *code.Func, n ast.Node) ast.Stmt {
	var found ast.Stmt
	ast.Inspect(f.Body, func(x ast.Node) bool {
		if x == nil || !holds(x, n) {
			return false
		}
		if s, ok := x.(ast.Stmt); ok {
			if _, block := s.(*ast.BlockStmt); !block {
				found = s
			}
		}
		return true
	})
	return found
}
