package mechanism

import (
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
)

// conditionOf says whether a lock is the one that the Cond gives back while the goroutine waits.
func (c *Case) conditionOf(h held) bool {
	return c.onCond() && h.Op.On.Same(c.condLock())
}

// onCond says that the goroutines wait for a Cond.
func (c *Case) onCond() bool {
	return c.Op != nil && c.Op.Kind == code.Wait && string(c.State) == "sync.Cond.Wait"
}

// condLock is the lock of the Cond that is waited for.
func (c *Case) condLock() *code.Value { return c.Op.On.Element() }

// condText is the Cond as it is to be written where a change is made; "" when that is not clear.
func (c *Case) condText(s silent) string {
	for _, op := range c.Program.OpsIn(s.in, code.Signal, code.Broadcast) {
		if x := receiverOf(op); op.On.Same(c.Op.On) && x != nil && !calls(x) && namesHold(s.in.Pkg, x, s.at.Pos()) {
			return types.ExprString(x)
		}
	}
	wait, ok := ast.Unparen(orNil(receiverOf(c.Op))).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	want, _ := c.Op.In.Pkg.Info.ObjectOf(wait.Sel).(*types.Var)
	// The Cond of the value whose field is changed, or of the method's own receiver.
	owner := ast.Expr(nil)
	if target, ok := ast.Unparen(s.write.Target).(*ast.SelectorExpr); ok && s.at == s.write.Node {
		owner = target.X
	} else if d := s.in.Decl; d != nil && d.Recv != nil && len(d.Recv.List[0].Names) == 1 {
		owner = d.Recv.List[0].Names[0]
	}
	if owner == nil || want == nil || calls(owner) {
		return ""
	}
	t := s.in.Pkg.Info.TypeOf(owner)
	if obj := s.in.Pkg.Info.Defs[ident(owner)]; obj != nil {
		t = obj.Type()
	}
	if t == nil {
		return ""
	}
	field, _, _ := types.LookupFieldOrMethod(t, true, s.in.Pkg.Types, wait.Sel.Name)
	if v, ok := field.(*types.Var); !ok || v.Origin() != want.Origin() || !namesHold(s.in.Pkg, owner, s.at.Pos()) {
		return ""
	}
	return types.ExprString(owner) + "." + wait.Sel.Name
}

func ident(x ast.Expr) *ast.Ident {
	id, _ := ast.Unparen(x).(*ast.Ident)
	return id
}

// receiverOf is what an operation's method is called on, as written.
func receiverOf(op *code.Op) ast.Expr {
	call, ok := op.Node.(*ast.CallExpr)
	if !ok {
		return nil
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	return sel.X
}
