package code

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Source is an expression from which a value may come: a call, a literal, a
// constant, or a variable that nothing is known of.
type Source struct {
	X      ast.Expr
	Result int // of a call with several results
	Pkg    *Package
	In     *Func // nil in the initialisation of package variables
}

// mostSources bounds how many expressions are looked at on the way back from one.
const mostSources = 200

// Sources goes back from an expression, through variables, fields, parameters
// and the results of functions that were read, to where its value may come
// from. Two instances of one struct have the same sources for a field.
func (p *Program) Sources(pkg *Package, x ast.Expr) []Source {
	s := &backward{p: p, seen: map[any]bool{}}
	s.from(Source{X: x, Pkg: pkg, In: p.Around(x.Pos())})
	return s.out
}

type backward struct {
	p    *Program
	seen map[any]bool
	out  []Source
}

func (s *backward) visit(key any) bool {
	if s.seen[key] || len(s.seen) > mostSources {
		return false
	}
	s.seen[key] = true
	return true
}

func (s *backward) from(at Source) {
	x := ast.Unparen(at.X)
	at.X = x
	if tv := at.Pkg.Info.Types[x]; tv.Value != nil {
		s.out = append(s.out, at)
		return
	}
	switch x := x.(type) {
	case *ast.StarExpr:
		s.through(at, x.X)
	case *ast.TypeAssertExpr:
		s.through(at, x.X)
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			s.through(at, x.X)
		} else {
			s.out = append(s.out, at)
		}
	case *ast.Ident:
		s.object(at, at.Pkg.Info.ObjectOf(x))
	case *ast.SelectorExpr:
		s.object(at, at.Pkg.Info.ObjectOf(x.Sel))
	case *ast.CallExpr:
		s.call(at, x)
	default:
		s.out = append(s.out, at)
	}
}

func (s *backward) through(at Source, x ast.Expr) {
	at.X = x
	s.from(at)
}

// object: what a variable, parameter or field is set from.
func (s *backward) object(at Source, obj types.Object) {
	v, ok := obj.(*types.Var)
	if !ok {
		s.out = append(s.out, at)
		return
	}
	if !s.visit(v.Origin()) {
		return
	}
	n := len(s.out)
	switch {
	case v.IsField():
		for _, from := range s.p.fieldSets(v.Origin()) {
			s.from(from)
		}
	case v.Pkg() != nil && v.Parent() == v.Pkg().Scope():
		for _, from := range s.p.fieldSets(v) {
			s.from(from)
		}
	default:
		s.local(v)
	}
	if len(s.out) == n {
		s.out = append(s.out, at)
	}
}

func (s *backward) local(v *types.Var) {
	f := s.p.Around(v.Pos())
	if f == nil {
		return
	}
	for i, param := range f.Params() {
		if param != v {
			continue
		}
		for _, c := range s.p.CallersOf(f) {
			k := i
			if c.methodExpr() {
				k++
			}
			if c.Kind != Launch && k < len(c.Expr.Args) && !f.Variadic() {
				s.from(Source{X: c.Expr.Args[k], Pkg: c.Pkg, In: c.In})
			}
		}
		return
	}
	for _, set := range s.p.setFrom(f.Pkg, f, v) {
		if !set.element {
			s.from(Source{X: set.x, Result: set.result, Pkg: f.Pkg, In: s.p.Around(set.x.Pos())})
		}
	}
}

// call: a conversion is what it converts; a function that was read, what it returns.
func (s *backward) call(at Source, x *ast.CallExpr) {
	if tv, ok := at.Pkg.Info.Types[x.Fun]; ok && tv.IsType() && len(x.Args) == 1 {
		s.through(at, x.Args[0])
		return
	}
	call := s.p.CallOf(x)
	if call == nil || len(call.Callees) == 0 {
		s.out = append(s.out, at)
		return
	}
	if !s.visit(x) {
		return
	}
	for _, f := range call.Callees {
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ReturnStmt:
				switch {
				case at.Result < len(n.Results) && len(n.Results) == f.Type.Results.NumFields():
					s.from(Source{X: n.Results[at.Result], Pkg: f.Pkg, In: f})
				case len(n.Results) == 1:
					s.from(Source{X: n.Results[0], Result: at.Result, Pkg: f.Pkg, In: f})
				}
			}
			return true
		})
	}
}

// fieldSets are the expressions that a field or package variable is set to anywhere.
func (p *Program) fieldSets(v *types.Var) []Source {
	if p.sets == nil {
		p.sets = map[*types.Var][]Source{}
		for _, pkg := range p.Packages {
			for _, file := range pkg.Files {
				p.collectSets(pkg, file)
			}
		}
	}
	return p.sets[v]
}

func (p *Program) collectSets(pkg *Package, file *ast.File) {
	set := func(to, x ast.Expr, result int) {
		var id *ast.Ident
		switch to := ast.Unparen(to).(type) {
		case *ast.Ident:
			id = to
		case *ast.SelectorExpr:
			id = to.Sel
		default:
			return
		}
		if v, ok := pkg.Info.ObjectOf(id).(*types.Var); ok && (v.IsField() || v.Pkg() != nil && v.Parent() == v.Pkg().Scope()) {
			p.sets[v.Origin()] = append(p.sets[v.Origin()], Source{X: x, Result: result, Pkg: pkg, In: p.Around(x.Pos())})
		}
	}
	pairs := func(lhs, rhs []ast.Expr) {
		for i, l := range lhs {
			if len(lhs) == len(rhs) {
				set(l, rhs[i], 0)
			} else if len(rhs) == 1 {
				set(l, rhs[0], i)
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			pairs(n.Lhs, n.Rhs)
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if len(n.Values) == len(n.Names) {
					set(name, n.Values[i], 0)
				} else if len(n.Values) == 1 {
					set(name, n.Values[0], i)
				}
			}
		case *ast.CompositeLit:
			for i, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if id, ok := kv.Key.(*ast.Ident); ok {
						if v, ok := pkg.Info.Uses[id].(*types.Var); ok && v.IsField() {
							set(id, kv.Value, 0)
						}
					}
				} else if field := fieldOf(typeOr(pkg, n), i); field != nil {
					p.sets[field.Origin()] = append(p.sets[field.Origin()], Source{X: e, Pkg: pkg, In: p.Around(e.Pos())})
				}
			}
		}
		return true
	})
}

// typeOr is an expression's type, the empty struct when it is not known.
func typeOr(pkg *Package, x ast.Expr) types.Type {
	if t := pkg.Info.TypeOf(x); t != nil {
		return t
	}
	return types.NewStruct(nil, nil)
}
