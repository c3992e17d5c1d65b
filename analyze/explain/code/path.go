package code

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// named is what is known of a local variable.
type named struct {
	times int      // how often it gets a value
	first ast.Expr // the one value, nil when it is not an expression of its own
}

// each stands for what a range gives in one round.
type each struct {
	ast.Expr // the range's own
}

// mostSteps bounds how far names are followed.
const mostSteps = 8

// PathOf is the path of an expression in a function.
func (p *Program) PathOf(f *Func, x ast.Expr) Path { return p.pathOf(f, x, mostSteps) }

func (p *Program) pathOf(f *Func, x ast.Expr, depth int) Path {
	if depth == 0 || x == nil {
		return Path{}
	}
	info := f.Pkg.Info
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		v, ok := info.ObjectOf(x).(*types.Var)
		if !ok {
			return Path{}
		}
		if v.Parent() == nil || v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
			return Path{Root: v, Fixed: true}
		}
		of := f.Declared()
		n := p.namesIn(of)[v]
		if n == nil || n.times == 0 {
			return Path{Root: v, Fixed: true, Of: of} // a parameter, or zero
		}
		if v.Kind() != types.LocalVar {
			return Path{Root: v, Of: of} // a parameter that is given another value
		}
		if n.times == 1 && n.first != nil && pointing(v.Type()) {
			if inner := p.pathOf(f, n.first, depth-1); inner.Root != nil {
				return inner
			}
		}
		return Path{Root: v, Fixed: n.times == 1, Of: of}
	case *ast.SelectorExpr:
		s := info.Selections[x]
		if s == nil { // of a package
			if v, ok := info.Uses[x.Sel].(*types.Var); ok {
				return Path{Root: v, Fixed: true}
			}
			return Path{}
		}
		if s.Kind() != types.FieldVal {
			return Path{}
		}
		base := p.pathOf(f, x.X, depth-1)
		base.Steps += fieldsOf(s.Recv(), s.Index())
		return base
	case *ast.StarExpr:
		return p.pathOf(f, x.X, depth-1)
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			return p.pathOf(f, x.X, depth-1)
		}
	case *ast.TypeAssertExpr:
		return p.pathOf(f, x.X, depth-1)
	case each:
		base := p.pathOf(f, x.Expr, depth-1)
		base.Steps += ".[each of " + strconv.Itoa(int(x.Pos())) + "]"
		return base
	case *ast.IndexExpr:
		base := p.pathOf(f, x.X, depth-1)
		base.Steps += ".[" + types.ExprString(x.Index) + "]"
		if tv, ok := info.Types[x.Index]; !ok || tv.Value == nil {
			base.Fixed = false
		}
		return base
	case *ast.CallExpr:
		return p.pathOfCall(f, x, depth)
	}
	return Path{}
}

// pathOfCall follows a function that does nothing but return what it is asked for.
func (p *Program) pathOfCall(f *Func, call *ast.CallExpr, depth int) Path {
	for _, c := range p.index.callsAt[call] {
		if len(c.Callees) != 1 || c.Kind != Plain {
			continue
		}
		g := c.Callees[0]
		if len(g.Body.List) != 1 {
			continue
		}
		ret, ok := g.Body.List[0].(*ast.ReturnStmt)
		if !ok || len(ret.Results) != 1 {
			continue
		}
		return p.outward(p.pathOf(g, ret.Results[0], depth-1), g, c, f, depth-1)
	}
	return Path{}
}

// fieldsOf are the fields of a selection, embedded ones too.
func fieldsOf(t types.Type, index []int) string {
	var b strings.Builder
	for _, i := range index {
		if ptr, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
			t = ptr.Elem()
		}
		st, ok := t.Underlying().(*types.Struct)
		if !ok {
			return b.String()
		}
		b.WriteString("." + st.Field(i).Name())
		t = st.Field(i).Type()
	}
	return b.String()
}

// pointing: a copy of such a value means the same lock.
func pointing(t types.Type) bool {
	switch types.Unalias(t).Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Map, *types.Slice:
		return true
	}
	return false
}

// Receiver is the path of what a method is called on; of a promoted method the embedded field.
func (p *Program) Receiver(f *Func, call *ast.CallExpr) Path {
	return p.receiverPath(f, call, mostSteps)
}

func (p *Program) receiverPath(f *Func, call *ast.CallExpr, depth int) Path {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || f == nil {
		return Path{}
	}
	path := p.pathOf(f, sel.X, depth)
	if s := f.Pkg.Info.Selections[sel]; s != nil && len(s.Index()) > 1 {
		path.Steps += fieldsOf(s.Recv(), s.Index()[:len(s.Index())-1])
	}
	return path
}

// namesIn counts for the variables of a declared function how often they get a value.
func (p *Program) namesIn(f *Func) map[types.Object]*named {
	if m := p.locks.names[f]; m != nil {
		return m
	}
	m := map[types.Object]*named{}
	p.locks.names[f] = m
	note := func(x, value ast.Expr) {
		id, ok := ast.Unparen(x).(*ast.Ident)
		if !ok {
			return
		}
		obj := f.Pkg.Info.ObjectOf(id)
		if obj == nil {
			return
		}
		n := m[obj]
		if n == nil {
			n = &named{}
			m[obj] = n
		}
		n.times++
		n.first = value
	}
	ast.Inspect(f.Body, func(x ast.Node) bool {
		switch s := x.(type) {
		case *ast.AssignStmt:
			for i, l := range s.Lhs {
				if len(s.Lhs) == len(s.Rhs) && (s.Tok == token.DEFINE || s.Tok == token.ASSIGN) {
					note(l, s.Rhs[i])
				} else {
					note(l, nil)
				}
			}
		case *ast.ValueSpec:
			for i, name := range s.Names {
				if len(s.Values) == len(s.Names) {
					note(name, s.Values[i])
				}
			}
		case *ast.RangeStmt:
			if s.Value == nil {
				note(s.Key, each{s.X})
			} else {
				note(s.Key, nil)
			}
			note(s.Value, each{s.X})
		case *ast.IncDecStmt:
			note(s.X, nil)
		}
		return true
	})
	return m
}
