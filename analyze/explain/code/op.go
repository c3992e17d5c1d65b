package code

import (
	"go/ast"
	"go/token"
)

// OpKind is what an operation does.
type OpKind uint8

// The operations that can block, and those that let others go on.
const (
	Send OpKind = iota + 1
	Receive
	Range // over a channel
	Close
	Lock
	Unlock
	RLock
	RUnlock
	TryLock
	Add  // WaitGroup
	Done // WaitGroup
	Wait // WaitGroup, errgroup or Cond
	Signal
	Broadcast
	Invoke // a call of a function value
	Derive // context.WithCancel and its like: On is the context, Other the cancel function, From the parent
	Stop   // of a Ticker or Timer
)

var opNames = [...]string{"", "send", "receive", "range", "close", "Lock", "Unlock", "RLock", "RUnlock", "TryLock", "Add", "Done", "Wait", "Signal", "Broadcast", "call", "derive", "Stop"}

func (k OpKind) String() string { return opNames[k] }

// Op is one operation on a value.
type Op struct {
	Kind OpKind
	Node ast.Node // *ast.SendStmt, *ast.UnaryExpr, *ast.RangeStmt or *ast.CallExpr
	In   *Func    // nil in the initialisation of package variables
	On   *Value
	// Select and Clause are set when the operation is a case of a select.
	Select *ast.SelectStmt
	Clause *ast.CommClause
	// Deferred: the operation is the call of a defer statement.
	Deferred bool
	Other    *Value
	From     *Value
}

// Pos is where the operation is written: the arrow, the call's closing name.
func (o *Op) Pos() token.Pos {
	switch n := o.Node.(type) {
	case *ast.SendStmt:
		return n.Arrow
	case *ast.CallExpr:
		if sel, ok := ast.Unparen(n.Fun).(*ast.SelectorExpr); ok {
			return sel.Sel.Pos()
		}
	}
	return o.Node.Pos()
}

// Alone says whether a select waits for this case only.
func (o *Op) Alone() bool { return o.Select == nil || len(o.Select.Body.List) == 1 }

// HasDefault says whether a select never blocks.
func HasDefault(s *ast.SelectStmt) bool {
	for _, c := range s.Body.List {
		if c.(*ast.CommClause).Comm == nil {
			return true
		}
	}
	return false
}

// Ops are all operations on a value of the given kinds, of any kind when none is given.
func (p *Program) Ops(v *Value, kinds ...OpKind) []*Op {
	if v == nil {
		return nil
	}
	var out []*Op
	for _, op := range p.opsOf[v.root()] {
		if len(kinds) == 0 || is(op.Kind, kinds) {
			out = append(out, op)
		}
	}
	return out
}

func is(k OpKind, kinds []OpKind) bool {
	for _, want := range kinds {
		if k == want {
			return true
		}
	}
	return false
}

// All are the operations of the whole program of the given kinds.
func (p *Program) All(kinds ...OpKind) []*Op {
	var out []*Op
	for _, op := range p.ops {
		if is(op.Kind, kinds) {
			out = append(out, op)
		}
	}
	return out
}

// OpsAt are the operations a goroutine that is at a line may be in: those that
// are written there, and every case of a select that begins there.
func (p *Program) OpsAt(file string, line int) []*Op {
	var out []*Op
	for _, op := range p.ops {
		if p.at(op.Pos(), file, line) || p.at(op.Node.Pos(), file, line) || op.Select != nil && p.at(op.Select.Pos(), file, line) {
			out = append(out, op)
		}
	}
	return out
}

func (p *Program) at(pos token.Pos, file string, line int) bool {
	at := p.Fset.Position(pos)
	return at.Line == line && at.Filename == file
}

// OpsIn are the operations written in a function, without those of literals in it.
func (p *Program) OpsIn(f *Func, kinds ...OpKind) []*Op {
	var out []*Op
	for _, op := range p.index.opsIn[f] {
		if len(kinds) == 0 || is(op.Kind, kinds) {
			out = append(out, op)
		}
	}
	return out
}
