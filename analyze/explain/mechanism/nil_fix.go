package mechanism

import (
	"fmt"
	"go/ast"
	"go/types"
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
