package code

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// Home shortens a path that leads to what a value holds and from there back to
// that value: p.all[i].owner is p, when all that is ever put into all is made
// by a function that is given p and keeps it in owner.
func (p *Program) Home(path Path) Path {
	v, ok := path.Root.(*types.Var)
	if !ok {
		return path
	}
	steps := splitSteps(path.Steps)
	t := v.Type()
	for i := 0; i < len(steps); i++ {
		held := memberOf(t, steps[i])
		if held == nil {
			return path
		}
		t = held.Type()
		next := i + 1
		if next < len(steps) && strings.HasPrefix(steps[next], "[") {
			if t = memberType(t); t == nil {
				return path
			}
			next++
		}
		if next < len(steps) {
			if back := memberOf(t, steps[next]); back != nil && p.leadsBack(held, back) {
				rest := append(slices.Clone(steps[:i]), steps[next+1:]...)
				short := path
				short.Steps = ""
				for _, s := range rest {
					short.Steps += "." + s
				}
				return short
			}
		}
		i = next - 1
	}
	return path
}

// splitSteps takes a path's steps apart; an index may hold dots.
func splitSteps(steps string) []string {
	var out []string
	depth, from := 0, 1
	for i, r := range steps {
		switch r {
		case '[':
			depth++
		case ']':
			depth--
		case '.':
			if depth == 0 && i > 0 {
				out = append(out, steps[from:i])
				from = i + 1
			}
		}
	}
	if len(steps) > 1 {
		out = append(out, steps[from:])
	}
	return out
}

func memberOf(t types.Type, name string) *types.Var {
	st := structOf(t)
	if st == nil {
		return nil
	}
	if f := fieldNamed(st, name); f != nil {
		return f.Origin()
	}
	return nil
}

func memberType(t types.Type) types.Type {
	switch u := t.Underlying().(type) {
	case *types.Slice:
		return u.Elem()
	case *types.Map:
		return u.Elem()
	case *types.Array:
		return u.Elem()
	}
	return nil
}

// leadsBack: whatever comes into held has in back the value whose field held is, from its making on.
func (p *Program) leadsBack(held, back *types.Var) bool {
	given := func(w Write) bool { return w.Kind != Mutate || !pointing(back.Type()) } // a method of what a pointer points to leaves the pointer
	if slices.ContainsFunc(p.Writes(back), given) || len(p.literalsWith(held)) > 0 {
		return false
	}
	puts := 0
	for _, w := range p.Writes(held) {
		target, ok := ast.Unparen(w.Target).(*ast.SelectorExpr)
		if !ok || w.Kind == Mutate {
			return false
		}
		for _, x := range putBy(w, target) {
			if x == nil || !p.madeWith(w.In, x, target.X, back) {
				return false
			}
			puts++
		}
	}
	return puts > 0
}

// putBy are the values that a write puts into what it writes; nil among them when it cannot be told.
func putBy(w Write, target *ast.SelectorExpr) []ast.Expr {
	if w.Kind == Remove {
		return nil
	}
	if w.Kind == Insert {
		a, ok := w.Node.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != 1 || len(a.Rhs) != 1 {
			return []ast.Expr{nil}
		}
		return a.Rhs
	}
	itself := func(x ast.Expr) bool { return types.ExprString(ast.Unparen(x)) == types.ExprString(target) }
	switch x := ast.Unparen(orBad(w.Value)).(type) {
	case *ast.CallExpr:
		switch name := types.ExprString(x.Fun); {
		case name == "append" && len(x.Args) > 1 && itself(x.Args[0]) && !x.Ellipsis.IsValid():
			return x.Args[1:]
		case name == "make", (name == "slices.Delete" || name == "slices.DeleteFunc") && itself(x.Args[0]):
			return nil
		}
		return []ast.Expr{x}
	case *ast.SliceExpr:
		if itself(x.X) {
			return nil
		}
	case *ast.Ident:
		if x.Name == "nil" {
			return nil
		}
		return []ast.Expr{x}
	}
	return []ast.Expr{nil}
}

func orBad(x ast.Expr) ast.Expr {
	if x == nil {
		return &ast.BadExpr{}
	}
	return x
}

// madeWith: an expression is the call of a function that makes a value and puts what it is given for owner into its field back.
func (p *Program) madeWith(f *Func, x, owner ast.Expr, back *types.Var) bool {
	if id, ok := ast.Unparen(x).(*ast.Ident); ok {
		n := p.namesIn(f.Declared())[f.Pkg.Info.ObjectOf(id)]
		if n == nil || n.times != 1 || n.first == nil {
			return false
		}
		x = n.first
	}
	call, ok := ast.Unparen(x).(*ast.CallExpr)
	if !ok {
		return false
	}
	has := p.PathOf(f, owner)
	makers := p.literalsWith(back)
	for _, c := range p.index.callsAt[call] {
		if c.Kind != Plain || len(c.Callees) != 1 || len(makers) == 0 {
			return false
		}
		for _, m := range makers {
			id, ok := ast.Unparen(m.value).(*ast.Ident)
			if !ok || m.in != c.Callees[0] || m.in == nil {
				return false
			}
			v, _ := m.in.Pkg.Info.ObjectOf(id).(*types.Var)
			at := slices.Index(m.in.Params(), v)
			if v == nil || at < 0 || at >= len(call.Args) || m.in.Variadic() || p.namesIn(m.in.Declared())[v] != nil {
				return false
			}
			if got := p.PathOf(f, call.Args[at]); !got.Is(has) || !got.Fixed {
				return false
			}
		}
	}
	return len(p.index.callsAt[call]) > 0
}

// given is the value that a struct literal gives a field.
type given struct {
	in    *Func
	value ast.Expr
}

// literalsWith are the literals of a field's struct that give it a value other
// than nil, with the functions they stand in.
func (p *Program) literalsWith(field *types.Var) []given {
	var out []given
	for _, pkg := range p.Packages {
		for _, file := range pkg.Files {
			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				t := pkg.Info.TypeOf(lit)
				if t == nil {
					return true
				}
				st := structOf(t)
				for i := range fields(st) {
					if st.Field(i).Origin() != field {
						continue
					}
					if x := literalElement(lit, field.Name(), i); x != nil && types.ExprString(x) != "nil" {
						out = append(out, given{p.Around(lit.Pos()), x})
					}
				}
				return true
			})
		}
	}
	return out
}

func fields(st *types.Struct) int {
	if st == nil {
		return 0
	}
	return st.NumFields()
}

// literalElement is what a struct literal gives a field, nil when nothing.
func literalElement(lit *ast.CompositeLit, name string, at int) ast.Expr {
	for i, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			if i == at {
				return e
			}
			continue
		}
		if id, ok := kv.Key.(*ast.Ident); ok && id.Name == name {
			return kv.Value
		}
	}
	return nil
}
