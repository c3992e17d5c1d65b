package code

import (
	"go/ast"
	"go/types"
)

// mostImplementers bounds how many functions one call of an interface's method
// may stand for: beyond it the call says nothing about any of them.
const mostImplementers = 12

// resolveCalls finds what each call may call and joins arguments with
// parameters, until nothing more is found: a function value that passes
// through a call may be what another call calls.
func (p *Program) resolveCalls() {
	for round := range 8 {
		changed := false
		for _, c := range p.calls {
			for _, f := range p.calleesOf(c) {
				if c.bound[f] {
					continue
				}
				c.bound[f], changed = true, true
				c.Callees = append(c.Callees, f)
				p.callersOf[f] = append(p.callersOf[f], c)
				if c.Kind != Launch {
					p.bindCall(c, f)
				}
			}
			if round == 0 && len(c.Callees) == 0 {
				p.unread(c)
			}
		}
		if !changed {
			return
		}
	}
}

func (p *Program) calleesOf(c *Call) []*Func {
	if c.fn != nil {
		var out []*Func
		for _, o := range c.fn.Origins() {
			if o.Func != nil && len(out) < mostImplementers {
				out = append(out, o.Func)
			}
		}
		return out
	}
	if lit, ok := ast.Unparen(c.Expr.Fun).(*ast.FuncLit); ok && c.Kind != Launch {
		return []*Func{p.byLit[lit]}
	}
	fn := Callee(c.Pkg, c.Expr)
	if fn == nil || c.Kind == Launch {
		return nil
	}
	if f := p.FuncOf(fn); f != nil {
		return []*Func{f}
	}
	return p.implementing(fn)
}

// implementing are the methods that a call of an interface's method may reach.
func (p *Program) implementing(fn *types.Func) []*Func {
	sig, ok := fn.Type().(*types.Signature)
	if !ok || sig.Recv() == nil {
		return nil
	}
	iface, ok := sig.Recv().Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	if out, ok := p.implementers[fn]; ok {
		return out
	}
	var out []*Func
	for _, f := range p.Funcs {
		if f.Obj == nil || f.Obj.Name() != fn.Name() {
			continue
		}
		recv := f.Obj.Type().(*types.Signature).Recv()
		if recv == nil || !implements(recv.Type(), iface) {
			continue
		}
		out = append(out, f)
	}
	if len(out) > mostImplementers {
		out = nil
	}
	p.implementers[fn] = out
	return out
}

// implements also holds for a generic type whose methods have the interface's
// names: which instance it is does not matter to what its body does.
func implements(t types.Type, iface *types.Interface) bool {
	if types.Implements(t, iface) || types.Implements(types.NewPointer(t), iface) {
		return true
	}
	ptr, ok := t.(*types.Pointer)
	if ok {
		t = ptr.Elem()
	}
	named, ok := t.(*types.Named)
	if !ok || named.TypeParams().Len() == 0 {
		return false
	}
	set := types.NewMethodSet(types.NewPointer(named))
	for m := range iface.Methods() {
		if set.Lookup(m.Pkg(), m.Name()) == nil {
			return false
		}
	}
	return iface.NumMethods() > 0
}

// bindCall joins a call's arguments and results with a function's.
func (p *Program) bindCall(c *Call, f *Func) {
	b := &binder{p: p, pkg: c.Pkg, fn: c.In}
	args := c.Expr.Args
	params := f.Params()
	if c.methodExpr() && len(args) > 0 {
		args = args[1:]
	}
	for i, arg := range args {
		if f.Variadic() && i >= len(params)-1 {
			last := params[len(params)-1]
			if last == nil {
				continue
			}
			if c.Expr.Ellipsis.IsValid() {
				join(p.object(last), b.value(arg))
			} else {
				join(elementOf(p.object(last)), b.value(arg))
			}
			continue
		}
		if i < len(params) && params[i] != nil {
			join(p.object(params[i]), b.value(arg))
		}
	}
	if f.Type.Results != nil {
		for i := range f.Type.Results.NumFields() {
			if t := f.typeParam(i); t != nil {
				p.bindTypeParam(c, f, i, t)
				continue
			}
			join(p.valueOf(result{c.Expr, i}), p.resultOf(f, i))
		}
	}
}

// methodExpr: T.Method(x, …), whose first argument is the receiver.
func (c *Call) methodExpr() bool {
	sel, ok := ast.Unparen(c.Expr.Fun).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	s := c.Pkg.Info.Selections[sel]
	return s != nil && s.Kind() == types.MethodExpr
}

// keeps are functions that were not read and do nothing to the channels, contexts and functions they get.
var keeps = map[string]bool{
	"context.WithCancel": true, "context.WithTimeout": true, "context.WithDeadline": true, "context.WithValue": true,
	"context.WithCancelCause": true, "context.WithTimeoutCause": true, "context.WithDeadlineCause": true,
	"(*sync.WaitGroup).Go": true, "(*golang.org/x/sync/errgroup.Group).Go": true, "(*golang.org/x/sync/errgroup.Group).TryGo": true,
	"golang.org/x/sync/errgroup.WithContext": true, "time.AfterFunc": true, "sync.NewCond": true,
	"net/http.NewRequestWithContext": true, "(*net/http.Request).WithContext": true,
}

// unread marks what is handed to code that was not read.
func (p *Program) unread(c *Call) {
	if c.Kind == Launch || keeps[c.Name] {
		return
	}
	b := &binder{p: p, pkg: c.Pkg, fn: c.In}
	for _, arg := range c.Expr.Args {
		if v := b.value(arg); v != nil {
			v.root().escapes = true
		}
	}
	if t := c.Pkg.Info.TypeOf(c.Expr); t != nil && trackedExpr(t) {
		for i := range max(1, tupleLen(t)) {
			v := p.valueOf(result{c.Expr, i})
			v.root().origins = append(v.root().origins, Origin{Node: c.Expr, In: c.In})
		}
	}
}

func tupleLen(t types.Type) int {
	if tuple, ok := t.(*types.Tuple); ok {
		return tuple.Len()
	}
	return 0
}
