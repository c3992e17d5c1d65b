package mechanism

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
)

// change is what has to become of a variable for a wait to end.
type change uint8

const (
	anyChange change = iota // it is not clear which
	toTrue
	toFalse
	toMore
	toLess
	toNil
	toValue
	toOther // than a value
	toBe    // a value
)

// need is a variable that a wait's condition asks for.
type need struct {
	obj    types.Object
	at     ast.Expr // as it is written in the condition
	change change
	value  string // of toOther and toBe
	// own: each who waits may wait for another key of it.
	own bool
}

// stays: once it is so, it is so for all who wait.
func (n need) stays() bool {
	return n.change == toTrue || n.change == toFalse || n.change == toBe || n.change == toValue
}

// condition reads what must change for an expression to become false, or true.
type condition struct {
	p     *code.Program
	f     *code.Func
	needs []need
	depth int
}

// needsOf are the variables of the condition around a Wait, in the function or in who calls it.
func (c *Case) needsOf(op *code.Op) []need {
	f, node := op.In, op.Node
	for k := 0; ; k++ {
		r := &condition{p: c.Program, f: f}
		r.around(node)
		if len(r.needs) > 0 {
			return r.needs
		}
		if op != c.Op || k+1 >= len(c.Frames) || c.Frames[k+1].Call == nil {
			return nil
		}
		f, node = c.Frames[k+1].Func, c.Frames[k+1].Call
	}
}

// around looks for the loop or if in which a Wait stands, and in a loop for the ifs that leave it, too.
func (r *condition) around(wait ast.Node) {
	var found ast.Node
	ast.Inspect(r.f.Body, func(n ast.Node) bool {
		if n == nil || !holds(n, wait) {
			return false
		}
		switch n.(type) {
		case *ast.ForStmt, *ast.IfStmt:
			found = n
		}
		return true
	})
	switch s := found.(type) {
	case *ast.IfStmt:
		r.until(s.Cond, holds(s.Body, wait))
	case *ast.ForStmt:
		if s.Cond != nil {
			r.until(s.Cond, true)
		}
		for _, st := range s.Body.List {
			if i, ok := st.(*ast.IfStmt); ok && !holds(i, wait) && leavesBlock(i.Body) {
				r.until(i.Cond, false)
			}
		}
	}
}

// until: the wait goes on while x is as waiting says.
func (r *condition) until(x ast.Expr, waiting bool) {
	switch x := ast.Unparen(x).(type) {
	case *ast.UnaryExpr:
		if x.Op == token.NOT {
			r.until(x.X, !waiting)
		}
	case *ast.BinaryExpr:
		switch x.Op {
		case token.LAND, token.LOR:
			r.until(x.X, waiting)
			r.until(x.Y, waiting)
		default:
			r.compare(x, waiting)
		}
	case *ast.CallExpr:
		if sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr); ok && sel.Sel.Name == "Load" {
			r.until(sel.X, waiting)
			return
		}
		r.enter(x, waiting)
	default:
		if r.lookedUp(x, waiting) {
			return
		}
		if waiting {
			r.add(x, toFalse, "")
		} else {
			r.add(x, toTrue, "")
		}
	}
}

// enter follows a function that only returns a condition.
func (r *condition) enter(call *ast.CallExpr, waiting bool) {
	if r.depth > 2 {
		return
	}
	for _, c := range r.p.CallsOf(call) {
		for _, g := range c.Callees {
			if len(g.Body.List) == 0 {
				continue
			}
			if ret, ok := g.Body.List[len(g.Body.List)-1].(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
				inner := &condition{p: r.p, f: g, depth: r.depth + 1}
				inner.until(ret.Results[0], waiting)
				r.needs = append(r.needs, inner.needs...)
			}
		}
	}
}

func (r *condition) compare(x *ast.BinaryExpr, waiting bool) {
	op, left, right := x.Op, x.X, x.Y
	if r.variable(left) == nil && r.variable(right) != nil {
		left, right = right, left
		op = map[token.Token]token.Token{token.LSS: token.GTR, token.GTR: token.LSS, token.LEQ: token.GEQ, token.GEQ: token.LEQ, token.EQL: token.EQL, token.NEQ: token.NEQ}[op]
	}
	if !waiting {
		op = map[token.Token]token.Token{token.LSS: token.GEQ, token.GTR: token.LEQ, token.LEQ: token.GTR, token.GEQ: token.LSS, token.EQL: token.NEQ, token.NEQ: token.EQL}[op]
	}
	value := types.ExprString(right)
	zero := value == "0"
	counted := ast.Unparen(left) != r.variable(left) // len(x), x.Len(), x.Load()
	switch {
	case r.variable(right) != nil && value != "nil" && r.f.Pkg.Info.Types[right].Value == nil && (op == token.EQL || op == token.NEQ):
		r.add(left, anyChange, "")
		r.add(right, anyChange, "")
	case op == token.LSS, op == token.LEQ, op == token.EQL && zero:
		r.add(left, toMore, "")
	case op == token.GTR, op == token.GEQ, op == token.NEQ && zero, op == token.EQL && counted:
		r.add(left, toLess, "")
	case value == "nil" && op == token.EQL:
		r.add(left, toValue, "")
	case value == "nil":
		r.add(left, toNil, "")
	case op == token.EQL:
		r.add(left, toOther, value)
	case op == token.NEQ:
		r.add(left, toBe, value)
	}
}

// variable is the variable or field that an expression asks, without len and the like; nil when there is none.
func (r *condition) variable(x ast.Expr) ast.Expr {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident, *ast.SelectorExpr:
		if r.object(x) != nil {
			return x
		}
	case *ast.CallExpr:
		if id, ok := ast.Unparen(x.Fun).(*ast.Ident); ok && id.Name == "len" && len(x.Args) == 1 {
			return r.variable(x.Args[0])
		}
		if sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr); ok && (sel.Sel.Name == "Len" || sel.Sel.Name == "Load") {
			return r.variable(sel.X)
		}
	case *ast.IndexExpr:
		return r.variable(x.X)
	}
	return nil
}

func (r *condition) object(x ast.Expr) types.Object {
	var id *ast.Ident
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		id = x
	case *ast.SelectorExpr:
		id = x.Sel
	default:
		return nil
	}
	if v, ok := r.f.Pkg.Info.ObjectOf(id).(*types.Var); ok {
		return v.Origin()
	}
	return nil
}

func (r *condition) add(x ast.Expr, change change, value string) {
	at := r.variable(x)
	if at == nil {
		return
	}
	if _, index := ast.Unparen(x).(*ast.IndexExpr); index {
		change = anyChange
	}
	r.needs = append(r.needs, need{obj: r.object(at), at: at, change: change, value: value})
}

// serves says whether a write may end the wait; clear says that it is what the condition asks for.
func (n need) serves(w code.Write) (may, clear bool) {
	value := ""
	if w.Value != nil {
		value = types.ExprString(w.Value)
	}
	_, cut := ast.Unparen(orNil(w.Value)).(*ast.SliceExpr)
	appends := len(value) > 7 && value[:7] == "append("
	switch n.change {
	case toTrue:
		return w.Kind == code.Assign && value != "false", value == "true"
	case toFalse:
		return w.Kind == code.Assign && value != "true", value == "false"
	case toMore:
		if cut || value == "nil" || value == "0" || w.Kind == code.Decrease || w.Kind == code.Remove {
			return false, false
		}
		return true, appends || w.Kind == code.Increase || w.Kind == code.Insert
	case toLess:
		if appends || w.Kind == code.Increase || w.Kind == code.Insert {
			return false, false
		}
		return true, cut || value == "nil" || value == "0" || w.Kind == code.Decrease || w.Kind == code.Remove
	case toNil:
		return w.Kind == code.Assign && (w.Value == nil || value == "nil"), value == "nil"
	case toValue:
		return w.Kind == code.Assign && value != "nil", w.Value != nil
	case toOther:
		return w.Kind != code.Assign || value != n.value, w.Value != nil && w.Kind == code.Assign
	case toBe:
		return w.Kind != code.Assign || w.Value == nil || value == n.value || !word(value), value == n.value
	}
	return true, false
}

func orNil(x ast.Expr) ast.Expr {
	if x == nil {
		return &ast.BadExpr{}
	}
	return x
}

// word: a name or number, as most names of states are.
func word(value string) bool {
	for _, r := range value {
		if !(r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
			return false
		}
	}
	return true
}
