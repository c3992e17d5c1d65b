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
	if d := c.unheard(ch); d != nil {
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

// unheard: a function that leads to the goroutine's start can leave without
// that anybody receives: not itself, and in no goroutine it starts.
func (c *Case) unheard(ch *code.Value) *Decision {
	if c.Launch == nil || c.Launch.In == nil {
		return nil
	}
	hears := c.hears(ch)
	for _, f := range c.starters() {
		g := c.Program.Graph(f)
		step := c.launchStep(f)
		if step == nil || g.Find(hears) == nil {
			continue
		}
		_, exits := g.Search(step, hears, nil)
		if len(exits) == 0 {
			return nil
		}
		pos, how := leaving(exits[0])
		d := &Decision{
			Sure:  !ch.Escapes(),
			Cause: Place{c.Op.Pos(), fmt.Sprintf("nobody receives from %s when %s leaves it to itself", name(c.Op), f.Name)},
			Evidence: []Place{
				{step.Pos(), fmt.Sprintf("%s has the goroutine started here", f.Name)},
				{g.Find(hears).Pos(), "on some ways it also sees to it that somebody receives"},
				{pos, fmt.Sprintf("on others %s %s and nobody does", f.Name, how)},
			},
			Others: []Place{{pos, fmt.Sprintf("%s %s, and nobody receives", f.Name, how)}},
		}
		if c.once() {
			d.Fix = c.buffer("1", "The goroutine can leave its value in the channel and end.")
		}
		return d
	}
	return nil
}

// hears says whether a step receives, calls what receives, or starts it in a goroutine.
func (c *Case) hears(ch *code.Value) func(ast.Node) bool {
	takes := c.takes(ch)
	started := map[ast.Node]bool{}
	for _, f := range c.takers(ch) {
		for _, call := range c.Program.CallersOf(f) {
			started[call.Expr] = true
		}
	}
	return func(n ast.Node) bool {
		if s, ok := n.(*ast.GoStmt); ok && started[s.Call] {
			return true
		}
		return takes(n) || started[n]
	}
}

// starters are the functions from which the goroutine is started: the one with the go statement, then its callers.
func (c *Case) starters() []*code.Func {
	out := []*code.Func{c.Launch.In}
	seen := map[*code.Func]bool{c.Launch.In: true}
	for i, depth, end := 0, 0, 1; i < len(out) && depth < deepest; i++ {
		for _, call := range c.Program.CallersOf(out[i]) {
			if call.In != nil && !seen[call.In] && call.Kind == code.Plain {
				seen[call.In] = true
				out = append(out, call.In)
			}
		}
		if i == end-1 {
			depth, end = depth+1, len(out)
		}
	}
	return out
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
