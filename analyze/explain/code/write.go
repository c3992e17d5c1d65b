package code

import (
	"go/ast"
	"go/token"
	"go/types"
)

// WriteKind is how a statement changes a variable or field.
type WriteKind uint8

// The kinds of writes.
const (
	Assign   WriteKind = iota + 1 // x = v, x.Store(v)
	Increase                      // x++, x += v, x.Add(v)
	Decrease                      // x--, x -= v
	Insert                        // x[k] = v
	Remove                        // delete(x, k), clear(x)
	Mutate                        // x.M(…), which may change it
)

// Write is a statement or call that changes a variable or field, or what is in it.
type Write struct {
	Kind   WriteKind
	Node   ast.Node // a step: *ast.AssignStmt, *ast.IncDecStmt or *ast.CallExpr
	In     *Func
	Target ast.Expr // the variable or field as it is written
	Value  ast.Expr // what is assigned, nil when it is not an expression of its own
}

// Writes are the places that change a variable or field, in the order of the files.
func (p *Program) Writes(obj types.Object) []Write {
	var out []Write
	for _, f := range p.Funcs {
		if !obj.Exported() && obj.Pkg() != f.Pkg.Types {
			continue
		}
		w := &writes{f: f, obj: obj}
		ast.Inspect(f.Body, w.visit)
		out = append(out, w.out...)
	}
	return out
}

type writes struct {
	f   *Func
	obj types.Object
	out []Write
}

// is says whether an expression is the variable, without what is in it.
func (w *writes) is(x ast.Expr) bool {
	var id *ast.Ident
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	case *ast.StarExpr:
		return w.is(x.X)
	default:
		return false
	}
	v, ok := w.f.Pkg.Info.ObjectOf(id).(*types.Var)
	return ok && types.Object(v.Origin()) == w.obj
}

func (w *writes) add(kind WriteKind, n ast.Node, target, value ast.Expr) {
	w.out = append(w.out, Write{kind, n, w.f, target, value})
}

func (w *writes) visit(n ast.Node) bool {
	switch s := n.(type) {
	case *ast.FuncLit:
		return false
	case *ast.IncDecStmt:
		if w.is(s.X) {
			w.add(map[token.Token]WriteKind{token.INC: Increase, token.DEC: Decrease}[s.Tok], s, s.X, nil)
		}
	case *ast.AssignStmt:
		w.assign(s)
	case *ast.CallExpr:
		w.call(s)
	}
	return true
}

func (w *writes) assign(s *ast.AssignStmt) {
	for i, l := range s.Lhs {
		if index, ok := ast.Unparen(l).(*ast.IndexExpr); ok && w.is(index.X) {
			w.add(Insert, s, index.X, nil)
			continue
		}
		if !w.is(l) || s.Tok == token.DEFINE {
			continue
		}
		switch {
		case s.Tok == token.ADD_ASSIGN:
			w.add(Increase, s, l, nil)
		case s.Tok == token.SUB_ASSIGN:
			w.add(Decrease, s, l, nil)
		case len(s.Lhs) == len(s.Rhs):
			w.add(Assign, s, l, s.Rhs[i])
		default:
			w.add(Assign, s, l, nil)
		}
	}
}

// reads are methods that change nothing.
var reads = map[string]bool{"Load": true, "Len": true, "Front": true, "Back": true, "Cap": true, "String": true, "Wait": true, "Done": true, "Err": true}

func (w *writes) call(call *ast.CallExpr) {
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok && (id.Name == "delete" || id.Name == "clear") && len(call.Args) > 0 && w.is(call.Args[0]) {
		w.add(Remove, call, call.Args[0], nil)
		return
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok || !w.is(sel.X) || reads[sel.Sel.Name] {
		return
	}
	switch {
	case sel.Sel.Name == "Store" && len(call.Args) == 1, sel.Sel.Name == "Swap" && len(call.Args) == 1:
		w.add(Assign, call, sel.X, call.Args[0])
	case sel.Sel.Name == "CompareAndSwap" && len(call.Args) == 2:
		w.add(Assign, call, sel.X, call.Args[1])
	case sel.Sel.Name == "Add" && len(call.Args) == 1:
		w.add(sign(call.Args[0]), call, sel.X, nil)
	default:
		if _, field := w.f.Pkg.Info.Selections[sel]; field {
			w.add(Mutate, call, sel.X, nil)
		}
	}
}

func sign(x ast.Expr) WriteKind {
	if u, ok := ast.Unparen(x).(*ast.UnaryExpr); ok && u.Op == token.SUB {
		return Decrease
	}
	return Increase
}
