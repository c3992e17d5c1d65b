package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// missingUnlock: some function leaves without giving the lock back.
func missingUnlock(c *Case) (*Decision, string) {
	if !c.locks() {
		return nil, ""
	}
	if d := c.decideBy(analyze.MissingUnlock); d != nil {
		return d, ""
	}
	return nil, "every function that takes this lock gives it back on all its ways, or waits before"
}

// neverUnlocked: the function that took the lock leaves, or comes round a loop, without giving it back.
func (c *Case) neverUnlocked(t code.Taken) []culprit {
	p := c.Program
	if p.LeavesTaken(t) || handsOver(t) || c.retakes(t) || isLocker(t.In) && !p.GivesBack(t.In, t) {
		return nil
	}
	var exits []Place
	var nodes []ast.Node
	for _, e := range p.Unreleased(t) {
		if c.underSameCondition(t, e) {
			continue
		}
		pos, how := leaving(e)
		nodes = append(nodes, e)
		exits = append(exits, Place{pos, fmt.Sprintf("%s %s here and still holds %s", t.In.Name, how, name(t.Op))})
	}
	if skips := c.skips(t, len(exits) > 0); len(skips) > 0 {
		loop := c.loopAround(t.In, t.Step, nil)
		nodes, exits = within(loop, nodes, exits)
		for _, s := range skips {
			nodes = append(nodes, s)
			exits = append(exits, Place{s.Pos(), fmt.Sprintf("%s goes on here (%s) and still holds %s", t.In.Name, s.Tok, name(t.Op))})
		}
	}
	if len(exits) == 0 {
		return nil
	}
	gives := p.GivesBack(t.In, t)
	k := culprit{mechanism: analyze.MissingUnlock, in: t.In, certain: gives || !c.givenElsewhere(t)}
	k.cause = exits[0]
	if !gives {
		k.cause = Place{t.Step.Pos(), fmt.Sprintf("%s takes %s here and never gives it back", t.In.Name, name(t.Op))}
		k.others = exits
	} else {
		k.others = append(k.others, exits[1:]...)
		k.others = append(k.others, Place{t.Step.Pos(), "where the lock is taken"})
	}
	k.evidence = []Place{{t.Step.Pos(), fmt.Sprintf("%s takes %s", t.In.Name, name(t.Op))}}
	k.evidence = append(k.evidence, exits...)
	for _, op := range p.OpsIn(t.In, code.Unlock, code.RUnlock) {
		if op.On.Same(t.Op.On) {
			k.evidence = append(k.evidence, Place{op.Pos(), "on other ways it is given back here"})
			break
		}
	}
	if t.Step != t.Op.Node {
		k.evidence[0].Text = fmt.Sprintf("%s takes %s by this call", t.In.Name, name(t.Op))
		k.evidence = append(k.evidence, Place{t.Op.Pos(), "which leaves it to the caller to give it back"})
	}
	k.fix = func() *repair.Fix { return c.unlock(t, nodes) }
	return []culprit{k}
}

// isLocker: a function whose name says that it leaves a lock taken.
func isLocker(f *code.Func) bool {
	if f.Decl == nil {
		return false
	}
	name := strings.ToLower(f.Decl.Name.Name)
	for _, word := range []string{"lock", "acquire", "begin", "enter"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// retakes: the function gives back a lock that its caller holds, and takes it again.
func (c *Case) retakes(t code.Taken) bool {
	takes := func(n ast.Node) bool {
		for _, other := range c.Program.Takes(t.In) {
			if other.Step == n && other.Op.On.Same(t.Op.On) {
				return true
			}
		}
		return false
	}
	found, _ := c.Program.Graph(t.In).Search(nil, takes, func(n ast.Node) bool {
		return c.Program.Releases(n, t, false)
	})
	return len(found) > 0
}

// handsOver: the function gives its Unlock away as a value, as in return mu.Unlock.
func handsOver(t code.Taken) bool {
	calls := map[ast.Expr]bool{}
	found := false
	ast.Inspect(t.In.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			calls[ast.Unparen(n.Fun)] = true
		case *ast.SelectorExpr:
			if !calls[n] && (n.Sel.Name == "Unlock" || n.Sel.Name == "RUnlock") {
				if fn, ok := t.In.Pkg.Info.Uses[n.Sel].(*types.Func); ok && fn.Pkg() != nil && fn.Pkg().Path() == "sync" {
					found = true
				}
			}
		}
		return !found
	})
	return found
}

// givenElsewhere: a function that does not take the lock gives it back.
func (c *Case) givenElsewhere(t code.Taken) bool {
	for _, op := range c.Program.Ops(t.Op.On, code.Unlock, code.RUnlock) {
		if op.In == nil || op.In.Declared() == t.In.Declared() {
			continue
		}
		for _, given := range c.Program.Gives(op.In) {
			if given == op {
				return true
			}
		}
	}
	return false
}

// underSameCondition: lock and unlock stand under ifs that ask the same, and the exit under neither.
func (c *Case) underSameCondition(t code.Taken, exit ast.Node) bool {
	asked := conditionsAround(t.In.Body, t.Step)
	for _, x := range conditionsAround(t.In.Body, exit) {
		for i, y := range asked {
			if x == y {
				asked = append(asked[:i:i], asked[i+1:]...)
				break
			}
		}
	}
	if len(asked) == 0 {
		return false
	}
	for _, op := range c.Program.OpsIn(t.In, code.Unlock, code.RUnlock) {
		if !op.On.Same(t.Op.On) {
			continue
		}
		for _, x := range conditionsAround(t.In.Body, op.Node) {
			for _, y := range asked {
				if x == y && op.Node.Pos() > t.Step.End() && (op.Node.Pos() < exit.Pos() || exit == ast.Node(t.In.Body)) {
					return true
				}
			}
		}
	}
	return false
}

// conditionsAround are the conditions of the ifs in whose first branch a node stands, as written.
func conditionsAround(body *ast.BlockStmt, n ast.Node) []string {
	var out []string
	ast.Inspect(body, func(x ast.Node) bool {
		if x == nil || !holds(x, n) {
			return false
		}
		if s, ok := x.(*ast.IfStmt); ok && holds(s.Body, n) {
			out = append(out, types.ExprString(s.Cond))
		}
		return true
	})
	return out
}
