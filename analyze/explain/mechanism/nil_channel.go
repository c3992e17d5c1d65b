package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// nilChannel: the channel was never made; what is to blame is the line that leaves it nil.
func nilChannel(c *Case) (*Decision, string) {
	if !c.nilChannelState() {
		return nil, ""
	}
	if c.Op == nil {
		return nil, "where the goroutines wait was not read"
	}
	all := c.leftNil()
	if len(all) == 0 {
		return nil, "no line that was read leaves the channel nil"
	}
	first := all[0]
	d := &Decision{
		Sure:  len(all) == 1 || first.near && !all[1].near,
		Cause: Place{first.node.Pos(), first.text},
		Evidence: []Place{
			{c.Op.Pos(), fmt.Sprintf("%s is nil here, and a nil channel is never ready", name(c.Op))},
			{first.node.Pos(), first.text},
		},
	}
	for _, o := range makes(c.Op.On) {
		d.Evidence = append(d.Evidence, Place{o.Node.Pos(), "elsewhere it is made"})
	}
	for _, other := range all[1:] {
		d.Others = append(d.Others, Place{other.node.Pos(), other.text})
	}
	if first.done != nil {
		d.Evidence = append(d.Evidence, Place{first.done.Pos(), "the channel that is waited for is this one"})
		d.Fix = c.endContext(first)
		return d, ""
	}
	d.Fix = c.makeChannel(first)
	return d, ""
}

// unset is a line that leaves a channel nil.
type unset struct {
	node ast.Node
	text string
	near bool
	// at is where its making can be written, how what is written there, with the channel's type for %s; "" when nowhere.
	at  token.Pos
	how string
	typ types.Type
	in  *code.Package
	// track follows the channel from here on; nil when it cannot be followed.
	track *code.Track
	// done is the call of Done that gives the channel; nil when it is of no context.
	done *ast.CallExpr
}

func (c *Case) leftNil() []unset {
	var out []unset
	if x, ok := ast.Unparen(channelOf(c.Op)).(*ast.IndexExpr); ok {
		for _, o := range makes(c.Program.Value(c.Op.In.Pkg, x.X)) {
			out = append(out, unset{node: o.Node, text: "the elements of what is made here are nil until somebody sets them"})
		}
		return out
	}
	out = append(out, c.neverDone()...)
	for _, obj := range c.Op.On.Objects() {
		v, ok := obj.(*types.Var)
		if !ok {
			continue
		}
		if v.IsField() {
			out = append(out, c.literalsWithout(v)...)
		} else {
			out = append(out, c.declaredNil(v)...)
		}
	}
	slices.SortStableFunc(out, func(a, b unset) int {
		switch {
		case a.near == b.near:
			return 0
		case a.near:
			return -1
		}
		return 1
	})
	return out
}

// literalsWithout are the literals of the struct that do not set the field, and that nothing sets on every way behind.
func (c *Case) literalsWithout(field *types.Var) []unset {
	var out []unset
	sets := c.setsOf(field)
	for _, f := range c.Program.Funcs {
		ast.Inspect(f.Body, func(n ast.Node) bool {
			var t types.Type
			var x ast.Expr
			u := unset{in: f.Pkg}
			switch n := n.(type) {
			case *ast.FuncLit:
				return n == f.Lit
			case *ast.CompositeLit:
				t, x, u.at, u.how = f.Pkg.Info.TypeOf(n), n, n.Rbrace, fmt.Sprintf("%s: make(%%s)", field.Name())
				if len(n.Elts) > 0 {
					if _, keyed := n.Elts[0].(*ast.KeyValueExpr); !keyed {
						return true
					}
					u.at, u.how = n.Elts[len(n.Elts)-1].End(), ", "+u.how
				}
			case *ast.CallExpr:
				if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok && id.Name == "new" && len(n.Args) == 1 {
					t, x = f.Pkg.Info.TypeOf(n.Args[0]), n
				}
			case *ast.ValueSpec:
				if len(n.Values) == 0 && n.Type != nil && len(n.Names) > 0 {
					t, x = f.Pkg.Info.TypeOf(n.Type), n.Names[0]
					if _, ptr := t.(*types.Pointer); ptr {
						return true
					}
				}
			}
			if t == nil {
				return true
			}
			u.typ = fieldType(t, field)
			if u.typ == nil || sets.literal(x) || c.setBehind(f, x, sets) {
				return true
			}
			if field.Pkg() != f.Pkg.Types && !field.Exported() {
				u.how = ""
			}
			u.node, u.text = x, fmt.Sprintf("%s is left nil here", field.Name())
			t0 := c.Program.Track(x, 0)
			for _, in := range c.instances(t0, nil) {
				u.near = u.near || c.near(in)
			}
			u.track = c.Program.Track(x, 0, field.Name())
			out = append(out, u)
			return true
		})
	}
	return out
}

// fieldType is the type of a field in a struct type, nil when it has none such.
func fieldType(t types.Type, field *types.Var) types.Type {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	for f := range s.Fields() {
		if f.Origin() == field.Origin() {
			return f.Type()
		}
	}
	return nil
}

// settings are the places that set a field: literals, and assignments by the function they stand in.
type settings struct {
	literals map[ast.Node]bool
	assigns  map[*code.Func][]ast.Node
}

func (s *settings) literal(x ast.Node) bool { return s.literals[x] }

func (c *Case) setsOf(field *types.Var) *settings {
	s := &settings{literals: map[ast.Node]bool{}, assigns: map[*code.Func][]ast.Node{}}
	is := func(pkg *code.Package, id *ast.Ident) bool {
		v, ok := pkg.Info.Uses[id].(*types.Var)
		return ok && v.Origin() == field.Origin()
	}
	for _, f := range c.Program.Funcs {
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return n == f.Lit
			case *ast.CompositeLit:
				for _, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						if id, ok := kv.Key.(*ast.Ident); ok && is(f.Pkg, id) && !isNil(kv.Value) {
							s.literals[n] = true
						}
					}
				}
			case *ast.AssignStmt:
				for i, l := range n.Lhs {
					sel, ok := ast.Unparen(l).(*ast.SelectorExpr)
					if ok && is(f.Pkg, sel.Sel) && !(len(n.Rhs) == len(n.Lhs) && isNil(n.Rhs[i])) {
						s.assigns[f] = append(s.assigns[f], n)
					}
				}
			}
			return true
		})
	}
	return s
}

func isNil(x ast.Expr) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	return ok && id.Name == "nil"
}

// setBehind says whether every way behind a literal sets the field, there or in a function that is called.
func (c *Case) setBehind(f *code.Func, x ast.Node, s *settings) bool {
	steps := map[ast.Node]bool{}
	for _, n := range s.assigns[f] {
		steps[c.Program.StepOf(f, n)] = true
	}
	for g := range s.assigns {
		for _, call := range c.Program.CallersOf(g) {
			if call.In == f {
				steps[c.Program.StepOf(f, call.Expr)] = true
			}
		}
	}
	delete(steps, nil)
	if len(steps) == 0 {
		return false
	}
	from := c.Program.StepOf(f, x)
	_, exits := c.Program.Graph(f).Search(from, func(n ast.Node) bool { return steps[n] }, nil)
	return len(exits) == 0
}

// declaredNil: a variable that is declared without a value, or a parameter that is given nil.
func (c *Case) declaredNil(v *types.Var) []unset {
	f := c.Program.Around(v.Pos())
	if f != nil {
		for i, p := range f.Params() {
			if p == v {
				return c.givenNil(f, i)
			}
		}
	}
	spec, pkg := c.Program.SpecOf(v)
	if spec == nil || len(spec.Values) > 0 || spec.Type == nil {
		return nil
	}
	u := unset{node: spec, text: fmt.Sprintf("%s is declared here and nil until somebody sets it", v.Name()), in: pkg, typ: v.Type()}
	u.track = c.Program.TrackObject(v)
	if len(spec.Names) == 1 {
		u.at, u.how = spec.End(), " = make(%s)"
	}
	u.near = f != nil && c.Parent != nil && f.Declared() == c.Parent.Declared()
	return []unset{u}
}

func (c *Case) givenNil(f *code.Func, i int) []unset {
	var out []unset
	for _, call := range c.Program.CallersOf(f) {
		if i < len(call.Expr.Args) && isNil(call.Expr.Args[i]) {
			arg := call.Expr.Args[i]
			out = append(out, unset{node: arg, text: fmt.Sprintf("%s is called with nil for the channel", f.Name)})
		}
	}
	return out
}
