package code

import (
	"go/ast"
	"go/types"
)

// CallKind is how a function is called.
type CallKind uint8

// The kinds of calls.
const (
	Plain  CallKind = iota
	Go              // a go statement
	Defer           // a defer statement
	Launch          // a function value handed to a launcher, as wg.Go(f): the call runs in another goroutine
)

// Call is one place that calls, or launches.
type Call struct {
	Kind CallKind
	Expr *ast.CallExpr
	In   *Func // nil in the initialisation of package variables
	Pkg  *Package
	// Name is the called function as FullName gives it.
	Name string
	// Callees are the functions that may be called, as far as their bodies were read. Of Launch: the functions that are launched.
	Callees []*Func
	// fn is the function value of a call without a name, or the launched one.
	fn    *Value
	bound map[*Func]bool
}

// launchers are functions that run their argument in a goroutine of its own, by the argument's place.
var launchers = map[string]int{
	"(*sync.WaitGroup).Go":                      0,
	"(*golang.org/x/sync/errgroup.Group).Go":    0,
	"(*golang.org/x/sync/errgroup.Group).TryGo": 0,
	"time.AfterFunc":                            1,
}

// Launches is the place of the argument that a known launcher runs in a goroutine; false when it is none.
func Launches(name string) (int, bool) {
	i, ok := launchers[name]
	return i, ok
}

func (b *binder) call(call *ast.CallExpr, kind CallKind) {
	if tv, ok := b.pkg.Info.Types[call.Fun]; ok && tv.IsType() {
		return
	}
	name := b.fullName(call)
	c := &Call{Kind: kind, Expr: call, In: b.fn, Pkg: b.pkg, Name: name, bound: map[*Func]bool{}}
	if id, ok := ast.Unparen(call.Fun).(*ast.Ident); ok {
		if _, builtin := b.pkg.Info.Uses[id].(*types.Builtin); builtin {
			switch id.Name {
			case "close":
				b.op(Close, call, b.value(call.Args[0]))
			case "append":
				b.value(call)
			}
			return
		}
	}
	if name == "" {
		c.fn = b.value(call.Fun)
		b.op(Invoke, call, c.fn)
	}
	b.p.calls = append(b.p.calls, c)
	if i, ok := launchers[name]; ok && i < len(call.Args) {
		l := &Call{Kind: Launch, Expr: call, In: b.fn, Pkg: b.pkg, Name: name, fn: b.value(call.Args[i]), bound: map[*Func]bool{}}
		b.p.calls = append(b.p.calls, l)
	}
	b.library(call, name)
}

// library notes the operations that the standard library's functions are.
func (b *binder) library(call *ast.CallExpr, name string) {
	if kind, ok := syncOps[name]; ok {
		b.op(kind, call, b.embedded(call))
		return
	}
	switch name {
	case "context.WithCancel", "context.WithTimeout", "context.WithDeadline", "context.WithCancelCause",
		"context.WithTimeoutCause", "context.WithDeadlineCause", "os/signal.NotifyContext":
		op := b.op(Derive, call, b.p.valueOf(result{call, 0}))
		op.Other, op.From = b.p.valueOf(result{call, 1}), b.value(call.Args[0])
	case "context.WithValue", "context.WithoutCancel":
		join(b.p.valueOf(result{call, 0}), b.value(call.Args[0]))
	case "golang.org/x/sync/errgroup.WithContext":
		op := b.op(Derive, call, b.p.valueOf(result{call, 1}))
		op.From = b.value(call.Args[0])
	}
}

var syncOps = map[string]OpKind{
	"(*sync.Mutex).Lock": Lock, "(*sync.Mutex).Unlock": Unlock, "(*sync.Mutex).TryLock": TryLock,
	"(*sync.RWMutex).Lock": Lock, "(*sync.RWMutex).Unlock": Unlock, "(*sync.RWMutex).TryLock": TryLock,
	"(*sync.RWMutex).RLock": RLock, "(*sync.RWMutex).RUnlock": RUnlock,
	"(sync.Locker).Lock": Lock, "(sync.Locker).Unlock": Unlock,
	"(*sync.WaitGroup).Add": Add, "(*sync.WaitGroup).Done": Done, "(*sync.WaitGroup).Wait": Wait, "(*sync.WaitGroup).Go": Add,
	"(*golang.org/x/sync/errgroup.Group).Wait": Wait, "(*golang.org/x/sync/errgroup.Group).Go": Add,
	"(*sync.Cond).Wait": Wait, "(*sync.Cond).Signal": Signal, "(*sync.Cond).Broadcast": Broadcast,
	"(*time.Ticker).Stop": Stop, "(*time.Timer).Stop": Stop,
}

// embedded is the value a method is called on; of a promoted method the embedded field.
func (b *binder) embedded(call *ast.CallExpr) *Value {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	s := b.pkg.Info.Selections[sel]
	if s == nil || len(s.Index()) < 2 {
		return b.value(sel.X)
	}
	t := s.Recv()
	var field *types.Var
	index := s.Index()
	for _, i := range index[:len(index)-1] {
		if ptr, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
			t = ptr.Elem()
		}
		st, ok := t.Underlying().(*types.Struct)
		if !ok {
			return nil
		}
		field = st.Field(i)
		t = field.Type()
	}
	return b.p.object(field)
}

// CallsIn are the calls written in a function, without those of literals in it.
func (p *Program) CallsIn(f *Func) []*Call { return p.callsIn[f] }

// Calls are all calls, in the order of the files.
func (p *Program) Calls() []*Call { return p.calls }

// CallersOf are the places that may call or launch a function.
func (p *Program) CallersOf(f *Func) []*Call { return p.callersOf[f] }

// CallAt is the call of a kind that begins or is named on a line: the go statement, the launcher's call.
func (p *Program) CallAt(file string, line int, kinds ...CallKind) []*Call {
	var out []*Call
	for _, c := range p.calls {
		for _, k := range kinds {
			if c.Kind == k && (p.at(c.Expr.Pos(), file, line) || p.at(c.Expr.Lparen, file, line)) {
				out = append(out, c)
			}
		}
	}
	return out
}
