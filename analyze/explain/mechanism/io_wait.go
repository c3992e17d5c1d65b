package mechanism

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
)

// wait is the call that waits, and what it works on.
type wait struct {
	in   *code.Func
	call *ast.CallExpr
	name string // of the called function
	way  string // "read" or "write" as the stack tells, "" when it does not
	// names are the expressions by which the functions on the stack have the connection, nearest first.
	names []code.Source
	// from are the calls that give the connection.
	from []code.Source
}

// pos is where the called function is named.
func (w *wait) pos() token.Pos {
	if sel, ok := ast.Unparen(w.call.Fun).(*ast.SelectorExpr); ok {
		return sel.Sel.Pos()
	}
	return w.call.Pos()
}

func (w *wait) verb() string {
	switch {
	case strings.Contains(w.name, "Accept"):
		return "waits for a connection"
	case w.writes():
		return "writes to it, and waits until the peer takes that"
	}
	return "reads from it, and waits until the peer sends something"
}

// writes says whether the call waits to write: the stack knows, else its name.
func (w *wait) writes() bool {
	if w.way != "" {
		return w.way == "write"
	}
	name := w.name[strings.LastIndexByte(w.name, '.')+1:]
	return strings.HasPrefix(name, "Write") || strings.HasPrefix(name, "Fprint") || name == "Flush" || name == "Encode" || name == "Send"
}

// waiting finds the call in which the innermost frame of the target's own code waits.
func (c *Case) waiting() *wait {
	if len(c.Frames) == 0 { // go io.Copy(dst, src)
		return c.waitOf(c.Launch)
	}
	fr := c.Frames[0]
	inner := ""
	for i, name := range c.Stack {
		if i > 0 && code.Declared(name) == fr.Func.Declared().Name {
			inner = code.Declared(c.Stack[i-1])
			break
		}
	}
	var best *code.Call
	rank := 0
	for _, call := range c.Program.CallAt(fr.File, fr.Line, code.Plain, code.Go, code.Defer) {
		if call.In != fr.Func || len(call.Callees) > 0 {
			continue
		}
		name := profileName(call.Name)
		r := 1
		switch {
		case inner != "" && code.Declared(name) == inner:
			r = 4
		case inner != "" && name[strings.LastIndexByte(name, '.')+1:] == inner[strings.LastIndexByte(inner, '.')+1:]:
			r = 3 // through an interface
		case len(c.operands(call)) > 0:
			r = 2
		}
		if r > rank || r == rank && call.Expr.Pos() < best.Expr.Pos() {
			best, rank = call, r
		}
	}
	if best == nil || rank < 2 {
		return nil
	}
	w := c.waitOf(best)
	if w != nil {
		c.cameBy(w)
	}
	return w
}

// cameBy leaves of the connections those that came by the calls on the stack: a
// helper that reads is called by others as well, with connections of their own.
func (c *Case) cameBy(w *wait) {
	calls := []*code.Call{c.Launch}
	for _, fr := range c.Frames {
		if fr.Call != nil && fr.Call != w.call {
			calls = append(calls, c.Program.CallOf(fr.Call))
		}
	}
	for _, call := range calls {
		if call == nil {
			continue
		}
		mine := &wait{in: w.in}
		for _, x := range c.operands(call) {
			c.trace(mine, call.Pkg, x, 0)
		}
		both := slices.DeleteFunc(slices.Clone(w.from), func(s code.Source) bool {
			return !slices.ContainsFunc(mine.from, func(o code.Source) bool { return o.X == s.X })
		})
		if len(both) > 0 {
			w.from = both
		}
	}
}

// waitOf is a call that waits, with what it works on.
func (c *Case) waitOf(call *code.Call) *wait {
	operands := c.operands(call)
	if len(operands) == 0 || call.In == nil {
		return nil
	}
	w := &wait{in: call.In, call: call.Expr, name: profileName(call.Name), way: c.way()}
	if w.streams() && len(call.Expr.Args) > 1 { // of the two the one that it waits for
		operands = call.Expr.Args[1:2]
		if w.way == "write" {
			operands = call.Expr.Args[:1]
		}
	}
	for _, x := range operands {
		c.trace(w, call.Pkg, x, 0)
	}
	c.nearby(w)
	return w
}

// streams says whether the call goes on to read and write until an end comes.
func (w *wait) streams() bool {
	switch w.name {
	case "io.Copy", "io.CopyN", "io.CopyBuffer":
		return true
	}
	return false
}

// way is whether the innermost frames wait to read or to write.
func (c *Case) way() string {
	for _, name := range c.Stack {
		last := name[strings.LastIndexByte(name, '.')+1:]
		switch {
		case last == "waitRead" || last == "Read" || last == "Accept" || last == "ReadFrom" && strings.HasPrefix(name, "internal/poll."):
			return "read"
		case last == "waitWrite" || last == "Write":
			return "write"
		}
	}
	return ""
}

// nearby adds names of the connection that the waiting function uses for something else.
func (c *Case) nearby(w *wait) {
	if slices.ContainsFunc(w.names, func(n code.Source) bool { return n.In == w.in }) {
		return
	}
	info := w.in.Pkg.Info
	ast.Inspect(w.in.Body, func(n ast.Node) bool {
		x, ok := n.(ast.Expr)
		if !ok || !isName(x) || !has(typeOf(info, x), "SetReadDeadline") {
			return true
		}
		for _, s := range c.Program.Sources(w.in.Pkg, x) {
			if slices.ContainsFunc(w.from, func(o code.Source) bool { return o.X == s.X }) {
				w.names = append(w.names, code.Source{X: x, Pkg: w.in.Pkg, In: w.in})
				return false
			}
		}
		return true
	})
}

// typeOf is an expression's type, never nil.
func typeOf(info *types.Info, x ast.Expr) types.Type {
	if t := info.TypeOf(x); t != nil {
		return t
	}
	return types.Typ[types.Invalid]
}

// operands are the receiver and arguments of a call that may be, or have in them, a connection.
func (c *Case) operands(call *code.Call) []ast.Expr {
	var out []ast.Expr
	if sel, ok := ast.Unparen(call.Expr.Fun).(*ast.SelectorExpr); ok && call.Pkg.Info.Selections[sel] != nil {
		out = append(out, sel.X)
	}
	for _, arg := range call.Expr.Args {
		if t := call.Pkg.Info.TypeOf(arg); t != nil && (has(t, "Read") || has(t, "Write") || has(t, "Accept")) {
			out = append(out, arg)
		}
	}
	return out
}

// has says whether a type has a method.
func has(t types.Type, method string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, method)
	_, ok := obj.(*types.Func)
	return ok
}

// trace goes back from what the call works on to the connection: through
// bufio.NewReader and its like, variables, fields and parameters.
func (c *Case) trace(w *wait, pkg *code.Package, x ast.Expr, depth int) {
	if depth > 4 {
		return
	}
	t := pkg.Info.TypeOf(x)
	if connection(t) {
		w.names = append(w.names, code.Source{X: x, Pkg: pkg, In: c.Program.Around(x.Pos())})
	}
	for _, s := range c.Program.Sources(pkg, x) {
		call, ok := s.X.(*ast.CallExpr)
		if !ok {
			continue
		}
		if all := results(s.Pkg, call); s.Result < len(all) && connection(all[s.Result]) && !c.wraps(s.Pkg, call) {
			if !slices.ContainsFunc(w.from, func(o code.Source) bool { return o.X == s.X }) {
				w.from = append(w.from, s)
			}
			c.namedBy(w, s)
			continue
		}
		if known := c.Program.CallOf(call); known != nil {
			for _, arg := range c.operands(known) {
				c.trace(w, s.Pkg, arg, depth+1)
			}
		}
	}
}

// namedBy adds the variable that a connection is assigned to where it is made.
func (c *Case) namedBy(w *wait, s code.Source) {
	if s.In == nil {
		return
	}
	l := &level{made: made{in: s.In, x: s.X, result: s.Result}}
	l.assigned(c.Program)
	if l.held == nil {
		return
	}
	for id, obj := range s.In.Pkg.Info.Defs {
		if obj == types.Object(l.held) {
			w.names = append(w.names, code.Source{X: id, Pkg: s.Pkg, In: s.In})
		}
	}
}

// wraps: the call makes a connection of one that it gets, as tls.Client does.
func (c *Case) wraps(pkg *code.Package, call *ast.CallExpr) bool {
	return slices.ContainsFunc(call.Args, func(arg ast.Expr) bool { return connection(pkg.Info.TypeOf(arg)) })
}

// connection says whether a type is something that can wait for a peer: it has deadlines, or accepts.
func connection(t types.Type) bool {
	if t == nil {
		return false
	}
	return has(t, "SetReadDeadline") || has(t, "SetDeadline") || has(t, "Accept") && has(t, "Close") || code.TypeName(t) == "io.ReadCloser" || code.TypeName(t) == "io.WriteCloser"
}

// unusedClose is a method that would close the connection and that nobody
// calls: of the type whose field it is.
func (c *Case) unusedClose(w *wait) *code.Func {
	for _, n := range w.names {
		sel, ok := ast.Unparen(n.X).(*ast.SelectorExpr)
		if !ok || n.Pkg.Info.Selections[sel] == nil {
			continue
		}
		owner := code.TypeName(n.Pkg.Info.TypeOf(sel.X))
		for _, f := range c.Program.Funcs {
			if f.Receiver() == nil || !slices.Contains(closers, f.Decl.Name.Name) || code.TypeName(f.Receiver().Type()) != owner || len(c.Program.CallersOf(f)) > 0 {
				continue
			}
			if len(c.Program.TrackObject(f.Receiver(), sel.Sel.Name).Methods(closers...)) > 0 {
				return f
			}
		}
	}
	return nil
}
