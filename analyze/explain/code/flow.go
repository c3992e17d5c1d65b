package code

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// FlowKind is what is done with a value.
type FlowKind uint8

// What is done with a value.
const (
	UsedSend     FlowKind = iota + 1 // as a channel
	UsedReceive                      // as a channel
	UsedRange                        // as a channel
	UsedClose                        // as a channel
	UsedCall                         // it is a function, and called: by a call, go or defer
	UsedLaunch                       // it is a function, and handed to a launcher
	UsedMethod                       // a method of it is called
	UsedField                        // a field of it is named
	UsedCompared                     // with something, as nil
	UsedAssigned                     // a variable or field that may hold it gets another value
)

// FlowUse is one place where something is done with a value.
type FlowUse struct {
	Kind FlowKind
	Node ast.Node // the operation: *ast.SendStmt, *ast.UnaryExpr, *ast.RangeStmt, *ast.CallExpr, *ast.SelectorExpr, …
	In   *Func
	// Name is the method's or field's own name; Method the method.
	Name   string
	Method *types.Func
}

// Flow is where one value goes, in the order of time forgotten: unlike Value
// it follows assignments in their direction only, so that what is also handed
// something else does not become the same.
type Flow struct {
	// Objects are the variables, parameters and fields that may hold it.
	Objects map[types.Object]bool
	Uses    []FlowUse
	// Left are the places at which it gets where not all that is done with it is seen.
	Left []ast.Node
	// Held are the places at which it is put where it may outlive the call: fields
	// of what was not made there, package variables. Holders are the structs made
	// in sight that it is put in, their fields' uses being seen.
	Held    []ast.Node
	Holders []inspector.Cursor
	// Returned are the functions that give it back to callers which are seen.
	Returned []*Func
}

// Of lists the uses of some kinds.
func (f *Flow) Of(kinds ...FlowKind) []FlowUse {
	var out []FlowUse
	for _, u := range f.Uses {
		for _, k := range kinds {
			if u.Kind == k {
				out = append(out, u)
			}
		}
	}
	return out
}

// mostObjects bounds a flow: what goes through more variables is not followed.
const mostObjects = 60

type follower struct {
	p    *Program
	flow *Flow
	work []types.Object
	met  map[int32]bool // by the cursors' index: expressions that were followed
	gave map[gave]bool
}

// gave is a result of a call that was followed: a function may hand on what it gets from itself.
type gave struct {
	call   int32
	result int
}

// Follow finds where the value of an expression goes.
func (p *Program) Follow(c inspector.Cursor) *Flow {
	w := p.newFollower()
	w.value(c)
	return w.run()
}

// FollowObject finds what is done with what a variable or field holds.
func (p *Program) FollowObject(obj types.Object) *Flow {
	w := p.newFollower()
	w.add(obj)
	return w.run()
}

// FollowResult finds where result i of a call goes.
func (p *Program) FollowResult(c inspector.Cursor, i int) *Flow {
	w := p.newFollower()
	w.result(c, i)
	return w.run()
}

func (p *Program) newFollower() *follower {
	return &follower{p: p, flow: &Flow{Objects: map[types.Object]bool{}}, met: map[int32]bool{}, gave: map[gave]bool{}}
}

func (w *follower) run() *Flow {
	for len(w.work) > 0 {
		obj := w.work[0]
		w.work = w.work[1:]
		for _, c := range w.p.UsesOf(obj) {
			w.named(c)
		}
	}
	return w.flow
}

func (w *follower) leave(n ast.Node) { w.flow.Left = append(w.flow.Left, n) }

func (w *follower) use(kind FlowKind, n ast.Node, c inspector.Cursor) *FlowUse {
	w.flow.Uses = append(w.flow.Uses, FlowUse{Kind: kind, Node: n, In: w.p.FuncAt(c)})
	return &w.flow.Uses[len(w.flow.Uses)-1]
}

// add goes on with what an object holds.
func (w *follower) add(obj types.Object) {
	v, ok := obj.(*types.Var)
	if !ok || v == nil {
		return
	}
	obj = v.Origin()
	if w.flow.Objects[obj] {
		return
	}
	if len(w.flow.Objects) >= mostObjects {
		w.leave(nil)
		return
	}
	w.flow.Objects[obj] = true
	w.work = append(w.work, obj)
}

// named goes on from an identifier that means an object which may hold the value.
func (w *follower) named(c inspector.Cursor) {
	if kind, _ := c.ParentEdge(); kind == edge.SelectorExpr_Sel {
		c = c.Parent()
	} else if kind == edge.KeyValueExpr_Key {
		if lit := c.Parent().Parent(); isStructLit(w.p.PackageAt(c), lit.Node()) {
			return // a field's name
		}
	}
	w.value(c)
}

func isStructLit(pkg *Package, n ast.Node) bool {
	lit, ok := n.(*ast.CompositeLit)
	if !ok {
		return false
	}
	t := pkg.Info.TypeOf(lit)
	if t == nil {
		return false
	}
	_, ok = deref(t).Underlying().(*types.Struct)
	return ok
}

func deref(t types.Type) types.Type {
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		return ptr.Elem()
	}
	return t
}

// value goes on from an expression that is the value, by what stands around it.
func (w *follower) value(c inspector.Cursor) {
	if w.met[c.Index()] {
		return
	}
	w.met[c.Index()] = true
	kind, i := c.ParentEdge()
	parent := c.Parent()
	n := parent.Node()
	switch kind {
	case edge.ParenExpr_X, edge.StarExpr_X, edge.SliceExpr_X, edge.TypeAssertExpr_X, edge.IndexExpr_X, edge.IndexListExpr_X:
		w.value(parent)
	case edge.UnaryExpr_X:
		switch n.(*ast.UnaryExpr).Op.String() {
		case "&":
			w.value(parent)
		case "<-":
			w.use(UsedReceive, n, c)
		}
	case edge.SendStmt_Chan:
		w.use(UsedSend, n, c)
	case edge.RangeStmt_X:
		w.ranged(c, n.(*ast.RangeStmt))
	case edge.RangeStmt_Key, edge.RangeStmt_Value, edge.AssignStmt_Lhs:
		w.use(UsedAssigned, n, c)
	case edge.SelectorExpr_X:
		w.selected(c, parent)
	case edge.AssignStmt_Rhs:
		s := n.(*ast.AssignStmt)
		if len(s.Lhs) == len(s.Rhs) {
			w.store(parent, edge.AssignStmt_Lhs, i)
		} else { // v, ok := x.(T), m[k], <-c
			w.store(parent, edge.AssignStmt_Lhs, 0)
		}
	case edge.ValueSpec_Values:
		s := n.(*ast.ValueSpec)
		if len(s.Names) != len(s.Values) {
			i = 0
		}
		w.store(parent, edge.ValueSpec_Names, i)
	case edge.ReturnStmt_Results:
		w.returned(c, i)
	case edge.CompositeLit_Elts:
		w.element(c, parent, i)
	case edge.KeyValueExpr_Value:
		w.element(parent, parent.Parent(), -1)
	case edge.BinaryExpr_X, edge.BinaryExpr_Y:
		w.use(UsedCompared, n, c)
	case edge.CallExpr_Fun:
		w.use(UsedCall, n, c)
	case edge.CallExpr_Args:
		w.argument(c, parent, i)
	case edge.ExprStmt_X, edge.IfStmt_Cond, edge.ForStmt_Cond:
	default:
		w.leave(c.Node())
	}
}

func (w *follower) ranged(c inspector.Cursor, s *ast.RangeStmt) {
	t := w.p.PackageAt(c).Info.TypeOf(s.X)
	if t == nil {
		w.leave(s)
		return
	}
	switch deref(t).Underlying().(type) {
	case *types.Chan:
		w.use(UsedRange, s, c)
	case *types.Slice, *types.Array, *types.Map:
		if s.Value != nil {
			w.store(c.Parent(), edge.RangeStmt_Value, -1)
		}
	default:
		w.leave(s)
	}
}

// selected: x.f, x.Method() or a method's value.
func (w *follower) selected(c, sel inspector.Cursor) {
	s := sel.Node().(*ast.SelectorExpr)
	pkg := w.p.PackageAt(c)
	switch obj := pkg.Info.ObjectOf(s.Sel).(type) {
	case *types.Var:
		u := w.use(UsedField, s, c)
		u.Name = obj.Name()
	case *types.Func:
		u := w.use(UsedMethod, s, c)
		u.Name, u.Method = obj.Name(), obj.Origin()
		if kind, _ := sel.ParentEdge(); kind == edge.CallExpr_Fun {
			u.Node = sel.Parent().Node()
		}
		if f := w.p.FuncOf(obj); f != nil {
			if recv := f.Receiver(); recv != nil {
				w.add(recv)
			}
		}
	default:
		w.leave(s)
	}
}
