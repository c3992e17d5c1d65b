package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// constructs replaces a literal that leaves a channel nil by its type's
// constructor, when that makes the channel and sets nothing but what the literal sets.
func (c *Case) constructs(u unset) *repair.Fix {
	lit, ok := u.node.(*ast.CompositeLit)
	if !ok || u.in == nil {
		return nil
	}
	set := map[string]ast.Expr{}
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return nil
		}
		id, ok := kv.Key.(*ast.Ident)
		if !ok {
			return nil
		}
		set[id.Name] = kv.Value
	}
	amp, pointer := c.Program.Parent(lit).(*ast.UnaryExpr)
	for _, o := range makes(c.Op.On) {
		if o.In == nil || o.In.Obj == nil || o.In.Obj.Type().(*types.Signature).Recv() != nil {
			continue
		}
		args, ok := constructed(o.In, o.Node, set, pointer)
		if !ok {
			continue
		}
		fun, ok := c.constructorName(u.in, lit, o.In)
		if !ok {
			continue
		}
		var texts []string
		for _, x := range args {
			texts = append(texts, c.source(x))
		}
		var whole ast.Node = lit
		if pointer {
			whole = amp
		}
		return &repair.Fix{
			Title: "Make it by its constructor",
			Why:   fmt.Sprintf("%s makes the channel as well, and sets the same fields.", o.In.Name),
			Edits: []repair.Edit{{Pos: whole.Pos(), End: whole.End(), New: fmt.Sprintf("%s(%s)", fun, strings.Join(texts, ", "))}},
		}
	}
	return nil
}

// constructed are the arguments by which a constructor makes what a literal
// makes: it returns one literal, whose fields are its parameters, the channel apart.
func constructed(f *code.Func, made ast.Node, set map[string]ast.Expr, pointer bool) ([]ast.Expr, bool) {
	if len(f.Body.List) != 1 || f.Variadic() {
		return nil, false
	}
	ret, ok := f.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return nil, false
	}
	x := ast.Unparen(ret.Results[0])
	if amp, ok := x.(*ast.UnaryExpr); ok == pointer && ok {
		x = amp.X
	} else if ok != pointer {
		return nil, false
	}
	lit, ok := x.(*ast.CompositeLit)
	if !ok {
		return nil, false
	}
	params := f.Params()
	args := make([]ast.Expr, len(params))
	used := 0
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return nil, false
		}
		if ast.Unparen(kv.Value) == made {
			continue
		}
		key, ok1 := kv.Key.(*ast.Ident)
		value, ok2 := kv.Value.(*ast.Ident)
		if !ok1 || !ok2 || set[key.Name] == nil {
			return nil, false
		}
		for i, p := range params {
			if p != nil && f.Pkg.Info.Uses[value] == p && args[i] == nil {
				args[i] = set[key.Name]
				used++
			}
		}
	}
	return args, used == len(params) && used == len(set)
}

// constructorName is how the constructor is called where a literal stands, with the literal's type arguments.
func (c *Case) constructorName(pkg *code.Package, lit *ast.CompositeLit, f *code.Func) (string, bool) {
	x := lit.Type
	args := ""
	switch g := x.(type) {
	case *ast.IndexExpr:
		x, args = g.X, "["+c.source(g.Index)+"]"
	case *ast.IndexListExpr:
		var all []string
		for _, a := range g.Indices {
			all = append(all, c.source(a))
		}
		x, args = g.X, "["+strings.Join(all, ", ")+"]"
	}
	switch t := x.(type) {
	case *ast.Ident:
		return f.Obj.Name() + args, f.Pkg == pkg
	case *ast.SelectorExpr:
		name, ok := pkg.Info.Uses[t.Sel].(*types.TypeName)
		return text(t.X) + "." + f.Obj.Name() + args, ok && name.Pkg() == f.Pkg.Types && f.Obj.Exported()
	}
	return "", false
}

// makeChannel makes the channel where it is left nil, when the goroutine goes on then.
func (c *Case) makeChannel(u unset) *repair.Fix {
	fix := &repair.Fix{Title: "Make the channel where it is left nil", Why: "Both ends can meet then."}
	if room, ok := c.meets(u); ok {
		if room != "" {
			fix.Why = "The goroutine can leave its value there and end, whether somebody takes it or not."
		}
		if t, ok := c.Program.TypeText(u.in, u.at, u.typ); ok && u.how != "" && u.typ != nil {
			fix.Edits = []repair.Edit{{Pos: u.at, End: u.at, New: fmt.Sprintf(u.how, t+room)}}
			return fix
		}
		if by := c.constructs(u); by != nil {
			return by
		}
	}
	fix.Steps = []string{fmt.Sprintf("make the channel at %s, or do not come to %s without one", c.where(u.node.Pos()), c.where(c.Op.Pos()))}
	for _, o := range makes(c.Op.On) {
		fix.Steps = append(fix.Steps, fmt.Sprintf("%s shows how it is made elsewhere", c.where(o.Node.Pos())))
	}
	return fix
}

// meets says whether a channel that is made there would let the goroutine go on:
// its other end is used on every way, or it sends once and room for that is enough.
func (c *Case) meets(u unset) (room string, ok bool) {
	if u.track == nil {
		return "", false
	}
	kinds := []code.UseKind{code.Sent, code.Closed}
	if c.Op.Kind == code.Send {
		kinds = []code.UseKind{code.Received}
	}
	var ends []code.Use
	for _, use := range u.track.Of(kinds...) {
		if use.Inner == "" && use.Node != c.Op.Node {
			ends = append(ends, use)
		}
	}
	for _, in := range c.instances(u.track, ends) {
		// that another function may be called in place of the one that ends it is no way past it: both belong to values of their own
		missed := slices.ContainsFunc(in.exits, func(e exit) bool { return e.call == nil })
		if len(in.ends) == 0 || missed {
			return ", 1", c.Op.Kind == code.Send && c.once()
		}
	}
	return "", true
}
