package code

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// Path says which of several values of one field is meant: the variable that
// it is reached from, and the fields on the way. Values do not tell instances
// apart; paths do, within one function and over the calls that lead to it.
type Path struct {
	Root  types.Object // nil when it is not known
	Steps string       // as ".cart.mu"
	// Fixed: the variable never becomes another.
	Fixed bool
	// Of is the declared function whose variable the root is; nil for a package's.
	Of *Func
}

// Is says that both are one for certain.
func (a Path) Is(b Path) bool {
	return a.Root != nil && a.Root == b.Root && a.Steps == b.Steps
}

// IsNot says that both are named differently in one function, by variables that never become others.
func (a Path) IsNot(b Path) bool { return a.Fixed && b.Fixed && a.Differs(b) }

// Differs says that both are named differently in one function.
func (a Path) Differs(b Path) bool {
	return a.Root != nil && b.Root != nil && a.Of == b.Of && !a.Is(b)
}

// Reaches says that b is reached through what holds a, as n.mu and n.next.mu.
func (a Path) Reaches(b Path) bool {
	base := a.Steps[:max(0, strings.LastIndexByte(a.Steps, '.'))]
	return a.Root != nil && a.Root == b.Root && strings.HasPrefix(b.Steps, base+".") && a.Steps != b.Steps && strings.Count(b.Steps, ".") > strings.Count(a.Steps, ".")
}

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

// Outward says in the names of a call's function what a path in the names of the called one is.
func (p *Program) Outward(path Path, g *Func, c *Call) Path {
	if c == nil || c.In == nil {
		return global(path)
	}
	return p.outward(path, g, c, c.In, mostSteps)
}

func (p *Program) outward(path Path, g *Func, c *Call, f *Func, depth int) Path {
	v, ok := path.Root.(*types.Var)
	if !ok || path == global(path) {
		return path
	}
	var base Path
	switch place, found := placeOf(g, v); {
	case !found:
		if g.Lit != nil && (v.Pos() < g.Lit.Pos() || v.Pos() >= g.Lit.End()) {
			return path // of a function around the literal
		}
		return Path{}
	case place < 0:
		base = p.receiverPath(f, c.Expr, depth)
	case place < len(c.Expr.Args) && !g.Variadic():
		base = p.pathOf(f, c.Expr.Args[place], depth)
	}
	if base.Root == nil {
		return Path{}
	}
	return Path{Root: base.Root, Steps: base.Steps + path.Steps, Fixed: base.Fixed && path.Fixed, Of: base.Of}
}

// global is a path that means the same everywhere, else none.
func global(path Path) Path {
	if v, ok := path.Root.(*types.Var); ok && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
		return path
	}
	return Path{}
}

// placeOf is a parameter's place, -1 for the receiver.
func placeOf(g *Func, v *types.Var) (int, bool) {
	if g.Decl != nil && g.Decl.Recv != nil {
		for _, field := range g.Decl.Recv.List {
			for _, name := range field.Names {
				if g.Pkg.Info.Defs[name] == types.Object(v) {
					return -1, true
				}
			}
		}
	}
	for i, param := range g.Params() {
		if param == v {
			return i, true
		}
	}
	return 0, false
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
			note(s.Key, nil)
			note(s.Value, each{s.X})
		case *ast.IncDecStmt:
			note(s.X, nil)
		}
		return true
	})
	return m
}
