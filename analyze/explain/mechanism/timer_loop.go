package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// timerLoop: the goroutines wait for a timer again and again, in a loop without an end.
func timerLoop(c *Case) (*Decision, string) {
	sleeps := strings.HasPrefix(string(c.State), "sleep")
	if !sleeps {
		if !c.waits() || c.nilChannelState() {
			return nil, ""
		}
		for _, op := range c.Ops {
			if !c.timed(op) {
				if c.anyTimed() {
					return nil, fmt.Sprintf("the loop also waits for %s", name(op))
				}
				return nil, ""
			}
		}
	}
	if len(c.Frames) == 0 {
		return nil, ""
	}
	for _, f := range c.Frames {
		loop, body, wait := c.waitLoop(f)
		if loop == nil {
			continue
		}
		g := c.Program.Graph(f.Func)
		_, exits := g.Search(wait, nil, nil)
		if r, ok := loop.(*ast.RangeStmt); ok && r == wait { // a timer's channel is never closed
			exits = leavesLoop(body)
		}
		line := Place{c.waitPos(f), "this wait comes again and again, and the loop around it has no end"}
		d := &Decision{
			Sure:     len(exits) == 0,
			Cause:    line,
			Others:   []Place{{loop.Pos(), "the loop without an end"}},
			Evidence: []Place{{c.waitPos(c.Frames[0]), "the goroutines wait for a timer here"}, {loop.Pos(), fmt.Sprintf("%s has no way out of this loop", f.Func.Name)}},
		}
		if len(exits) > 0 {
			pos, _ := leaving(exits[0])
			d.Evidence[1].Text = fmt.Sprintf("%s waits in this loop", f.Func.Name)
			d.Evidence = append(d.Evidence, Place{pos, "there is a way out of the loop, which was not taken"})
		}
		d.Fix = c.endLoop(f, loop, body)
		return d, ""
	}
	return nil, "the wait for a timer is in no loop"
}

func (c *Case) anyTimed() bool {
	for _, op := range c.Ops {
		if c.timed(op) {
			return true
		}
	}
	return false
}

func (c *Case) waitPos(f Frame) token.Pos {
	if c.Op != nil && c.Op.In == f.Func && f.Func == c.Frames[0].Func {
		return c.Op.Pos()
	}
	return f.Pos
}

// waitLoop is the innermost loop around the step that a frame is in, its body, and that step.
func (c *Case) waitLoop(f Frame) (loop ast.Node, body *ast.BlockStmt, step ast.Node) {
	var at ast.Node
	switch {
	case f.Call != nil && !(c.Op != nil && c.Op.In == f.Func && f.Func == c.Frames[0].Func):
		at = f.Call
	case c.Op != nil && c.Op.In == f.Func:
		at = c.Op.Node
		if c.Op.Kind == code.Range {
			r := c.Op.Node.(*ast.RangeStmt)
			return r, r.Body, r
		}
	default:
		return nil, nil, nil
	}
	step = c.Program.StepOf(f.Func, at)
	if step == nil || !c.Program.Graph(f.Func).InLoop(step) {
		return nil, nil, nil
	}
	switch l := c.loopAround(f.Func, at, nil).(type) {
	case *ast.ForStmt:
		return l, l.Body, step
	case *ast.RangeStmt:
		return l, l.Body, step
	}
	return nil, nil, nil
}

// endLoop lets the loop end with a context that is there.
func (c *Case) endLoop(f Frame, loop ast.Node, body *ast.BlockStmt) *repair.Fix {
	ctx := c.contextAt(f.Func, loop, body)
	leave, ok := plainReturn(f.Func, ctx)
	if ctx == "" || !ok {
		return &repair.Fix{
			Title: "Give the loop an end",
			Why:   "Nothing tells it that it is not needed any more.",
			Steps: []string{
				fmt.Sprintf("hand %s a context that ends with what it works for", f.Func.Name),
				fmt.Sprintf("wait at %s in a select for a Ticker, which is stopped behind the loop, and for ctx.Done(), and return then", c.where(c.waitPos(f))),
			},
		}
	}
	fix := &repair.Fix{Title: "End the loop with its context", Why: fmt.Sprintf("%s is at hand, and ends when the loop is not needed any more.", ctx)}
	if wait, d := c.plainWait(f); wait != nil {
		fix.Edits = []repair.Edit{{Pos: wait.Pos(), End: wait.End(), New: fmt.Sprintf("select {\ncase <-%s.Done():\n%s\ncase <-%s:\n}", ctx, leave, d)}}
		return fix
	}
	fix.Edits = []repair.Edit{{Pos: body.Lbrace + 1, End: body.Lbrace + 1, New: fmt.Sprintf("\nif %s.Err() != nil {\n%s\n}\n", ctx, leave)}}
	return fix
}

// plainWait is a statement that only waits, as time.Sleep(d) or <-time.After(d), and the channel to wait for in its place.
func (c *Case) plainWait(f Frame) (ast.Stmt, string) {
	if f.Func != c.Frames[0].Func {
		return nil, ""
	}
	if f.Call != nil && code.FullName(f.Func.Pkg, f.Call) == "time.Sleep" && onlyStatement(f.Func, f.Call) {
		pkg := "time"
		if sel, ok := ast.Unparen(f.Call.Fun).(*ast.SelectorExpr); ok {
			pkg = text(sel.X)
		}
		return statement(f.Func, f.Call), pkg + ".After(" + c.source(f.Call.Args[0]) + ")"
	}
	if c.Op != nil && c.Op.Select == nil && c.Op.Kind == code.Receive && onlyStatement(f.Func, c.Op.Node) {
		return statement(f.Func, c.Op.Node), c.source(channelOf(c.Op))
	}
	return nil, ""
}

// plainReturn is the statement that leaves a function early; false when it has to give back what is not known.
func plainReturn(f *code.Func, ctx string) (string, bool) {
	r := f.Type.Results
	switch {
	case r.NumFields() == 0, len(r.List[0].Names) > 0:
		return "return", true
	case r.NumFields() == 1 && code.TypeName(f.Pkg.Info.TypeOf(r.List[0].Type)) == "error":
		return "return " + ctx + ".Err()", true
	}
	return "", false
}

// leavesLoop are the statements by which a loop's body leaves it.
func leavesLoop(body *ast.BlockStmt) []ast.Node {
	var out []ast.Node
	var walk func(n ast.Node, inner bool)
	walk = func(n ast.Node, inner bool) {
		ast.Inspect(n, func(x ast.Node) bool {
			switch x := x.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ReturnStmt:
				out = append(out, x)
			case *ast.BranchStmt:
				if x.Tok == token.GOTO || x.Label != nil || x.Tok == token.BREAK && !inner {
					out = append(out, x)
				}
			case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt:
				if x != n {
					walk(x, true)
					return false
				}
			}
			return true
		})
	}
	walk(body, false)
	return out
}
