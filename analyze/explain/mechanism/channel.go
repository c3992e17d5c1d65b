package mechanism

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// sends says that the goroutines wait to send, outside a select or in one that has nothing else to do.
func (c *Case) sends() bool {
	return c.Op != nil && c.Op.Kind == code.Send && c.Op.Alone() && !c.nilChannelState()
}

// makes are the calls of make that a channel may come from.
func makes(v *code.Value) []code.Origin {
	var out []code.Origin
	for _, o := range v.Origins() {
		if call, ok := o.Node.(*ast.CallExpr); ok {
			if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && id.Name == "make" {
				out = append(out, o)
			}
		}
	}
	return out
}

// capacity is a channel's capacity as far as it is a constant: -1 when it is not, or when several channels are meant that differ.
func (c *Case) capacity(v *code.Value) int64 {
	known := int64(-1)
	for i, o := range makes(v) {
		n := int64(0)
		call := o.Node.(*ast.CallExpr)
		if len(call.Args) > 1 {
			n = -1
			if pkg := c.packageOf(o); pkg != nil {
				if tv := pkg.Info.Types[call.Args[1]]; tv.Value != nil {
					n, _ = constant.Int64Val(tv.Value)
				}
			}
		}
		if i > 0 && n != known {
			return -1
		}
		known = n
	}
	return known
}

func (c *Case) packageOf(o code.Origin) *code.Package {
	if o.In != nil {
		return o.In.Pkg
	}
	if f := c.Program.Around(o.Node.Pos()); f != nil {
		return f.Pkg
	}
	return nil
}

// onlyMake is the one call of make that the channel comes from; the one in the launching
// function or the function that holds the goroutine's, when there are several. Nil when it is not clear.
func (c *Case) onlyMake(v *code.Value) *code.Origin {
	all := makes(v)
	if len(all) == 1 {
		return &all[0]
	}
	var near *code.Origin
	for i, o := range all {
		if o.In == nil || c.Parent == nil || o.In.Declared() != c.Parent.Declared() {
			continue
		}
		if near != nil {
			return nil
		}
		near = &all[i]
	}
	return near
}

// once says that one run of the goroutine sends to the channel at most once.
func (c *Case) once() bool {
	op := c.Op
	if c.Program.Graph(op.In).InLoop(op.Node) {
		return false
	}
	for _, f := range c.Frames { // a caller in the goroutine may loop
		if f.Call != nil && f.Func != nil && f.Func != op.In && c.Program.Graph(f.Func).InLoop(f.Call) {
			return false
		}
	}
	return true
}

// buffer makes room for n values in the channel, so that nobody has to be there to take them.
func (c *Case) buffer(n, why string) *repair.Fix {
	o := c.onlyMake(c.Op.On)
	if o == nil {
		return nil
	}
	call := o.Node.(*ast.CallExpr)
	if len(call.Args) != 1 {
		return nil
	}
	return &repair.Fix{
		Title: fmt.Sprintf("Give the channel room for %s", amount(n)),
		Why:   why,
		Edits: []repair.Edit{{Pos: call.Rparen, End: call.Rparen, New: ", " + n}},
	}
}

func amount(n string) string {
	if n == "1" {
		return "the one value that is sent"
	}
	return n + " values, one for each sender"
}

// receivesIn are the receives from a channel in a function.
func (c *Case) receivesIn(f *code.Func, v *code.Value) []*code.Op {
	var out []*code.Op
	for _, op := range c.Program.Ops(v, code.Receive, code.Range) {
		if op.In == f {
			out = append(out, op)
		}
	}
	return out
}

// takers are the functions that receive from a channel, those who do it themselves
// first, then those who call them.
func (c *Case) takers(v *code.Value) []*code.Func {
	var out []*code.Func
	seen := map[*code.Func]bool{}
	add := func(f *code.Func) {
		if f != nil && !seen[f] {
			seen[f] = true
			out = append(out, f)
		}
	}
	for _, op := range c.Program.Ops(v, code.Receive, code.Range) {
		add(op.In)
	}
	for i, level, end := 0, 0, len(out); i < len(out) && level < deepest; i++ {
		for _, call := range c.Program.CallersOf(out[i]) {
			if call.Kind == code.Plain {
				add(call.In)
			}
		}
		if i == end-1 {
			level, end = level+1, len(out)
		}
	}
	return out
}

// text is an expression as it is written, shortened.
func text(x ast.Node) string {
	switch x := x.(type) {
	case ast.Expr:
		s := types.ExprString(x)
		if len(s) > 60 {
			s = s[:57] + "…"
		}
		return s
	}
	return ""
}

// name is a channel, lock or context as the operation on it calls it.
func name(op *code.Op) string {
	switch n := op.Node.(type) {
	case *ast.SendStmt:
		return text(n.Chan)
	case *ast.UnaryExpr:
		return text(n.X)
	case *ast.RangeStmt:
		return text(n.X)
	case *ast.CallExpr:
		if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok {
			return text(sel.X)
		}
		if len(n.Args) > 0 { // close(ch)
			return text(n.Args[0])
		}
	}
	return "it"
}

// leaving says how a way out of a function is written.
func leaving(n ast.Node) (token.Pos, string) {
	switch n := n.(type) {
	case *ast.ReturnStmt:
		return n.Pos(), "returns"
	case *ast.BlockStmt:
		return n.Rbrace, "ends"
	case *ast.BranchStmt:
		return n.Pos(), "goes on"
	case *ast.ForStmt, *ast.RangeStmt:
		return n.Pos(), "goes on"
	}
	return n.Pos(), "leaves"
}
