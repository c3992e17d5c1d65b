package code

import "go/ast"

// index finds operations and calls by where they are.
type index struct {
	opsIn   map[*Func][]*Op
	opsAt   map[ast.Node][]*Op
	callsAt map[*ast.CallExpr][]*Call
}

func indexed(p *Program) index {
	i := index{
		opsIn: map[*Func][]*Op{}, opsAt: map[ast.Node][]*Op{}, callsAt: map[*ast.CallExpr][]*Call{},
	}
	for _, op := range p.ops {
		i.opsIn[op.In] = append(i.opsIn[op.In], op)
		i.opsAt[op.Node] = append(i.opsAt[op.Node], op)
	}
	for _, c := range p.calls {
		i.callsAt[c.Expr] = append(i.callsAt[c.Expr], c)
	}
	return i
}

// OpsOf are the operations that a node is.
func (p *Program) OpsOf(n ast.Node) []*Op { return p.index.opsAt[n] }

// CallsOf are the calls that a step makes: a call, a go or a defer statement.
func (p *Program) CallsOf(step ast.Node) []*Call {
	if call, ok := step.(*ast.CallExpr); ok {
		return p.index.callsAt[call]
	}
	if call := callOf(step); call != nil {
		return p.index.callsAt[call]
	}
	return nil
}
