package mechanism

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
)

// wrongAdd: more is added than workers are started.
func (w *waitGroup) wrongAdd() *Decision {
	c := w.c
	_, starts := w.workers()
	isStart := map[*ast.CallExpr]bool{}
	for _, f := range starts {
		isStart[f.Expr] = true
	}
	for _, add := range c.Program.Ops(w.wg, code.Add) {
		if add.In == nil || len(add.Node.(*ast.CallExpr).Args) != 1 || code.FullName(add.In.Pkg, add.Node.(*ast.CallExpr)) != "(*sync.WaitGroup).Add" {
			continue
		}
		if d := w.skipped(add, isStart); d != nil {
			return d
		}
		if d := w.miscounted(add, isStart); d != nil {
			return d
		}
	}
	return nil
}

// started says whether a step starts a worker, calls Done for it, or calls a function that may.
func (w *waitGroup) started(isStart map[*ast.CallExpr]bool) func(ast.Node) bool {
	starters := map[*code.Func]bool{}
	for _, call := range w.c.Program.Calls() {
		if isStart[call.Expr] {
			starters[call.In] = true
		}
	}
	return func(n ast.Node) bool {
		if w.done(n) {
			return true
		}
		for _, call := range w.c.Program.CallsOf(n) {
			if isStart[call.Expr] {
				return true
			}
			for _, g := range call.Callees {
				if starters[g] || w.reaches(g) {
					return true
				}
			}
		}
		return false
	}
}

// skipped: behind an Add of one, a way leads past the start of the worker that it counts.
func (w *waitGroup) skipped(add *code.Op, isStart map[*ast.CallExpr]bool) *Decision {
	c, f := w.c, add.In
	g := c.Program.Graph(f)
	started := w.started(isStart)
	if !w.startsBehind(add, isStart) || !g.Holds(add.Node) || !w.one(add) {
		return nil
	}
	again, exits := g.Search(add.Node, func(n ast.Node) bool { return n == add.Node || started(n) }, func(n ast.Node) bool { return n == add.Node })
	if len(again) == 0 && len(exits) == 0 {
		return nil
	}
	var cause ast.Node
	if loop := c.loopAround(f, add.Node, nil); loop != nil && (len(again) > 0 || len(exits) > 0) {
		cause = w.skipIn(loop, f, add.Node.Pos(), token.NoPos)
	}
	if cause == nil && len(exits) > 0 {
		cause = exits[0]
	}
	if cause == nil {
		return nil
	}
	pos, _ := leaving(cause)
	d := &Decision{
		Sure:   true,
		Cause:  Place{pos, fmt.Sprintf("%s goes on here without the worker that was added", f.Name)},
		Others: []Place{{add.Pos(), "the Add that counts it"}},
		Evidence: []Place{
			{c.Op.Pos(), "Wait waits until as many have called Done as were added"},
			{add.Pos(), fmt.Sprintf("%s adds one", f.Name)},
			{pos, "on this way no worker is started for it, and nobody calls Done"},
		},
	}
	d.Fix = w.addLater(add, isStart)
	if d.Fix == nil {
		d.Fix = stepsFix("Add only what is started", "Wait then waits for those that are there.", fmt.Sprintf("move the Add on line %d right before the go statement", c.Program.Position(add.Pos()).Line))
	}
	return d
}

// startsBehind says whether a worker is started behind an Add in its function, or in what that calls.
func (w *waitGroup) startsBehind(add *code.Op, isStart map[*ast.CallExpr]bool) bool {
	starters := map[*code.Func]bool{}
	for _, call := range w.c.Program.Calls() {
		if isStart[call.Expr] {
			starters[call.In] = true
		}
	}
	found, _ := w.c.Program.Graph(add.In).Search(add.Node, nil, func(n ast.Node) bool {
		for _, call := range w.c.Program.CallsOf(n) {
			if isStart[call.Expr] {
				return true
			}
			for _, f := range call.Callees {
				if starters[f] {
					return true
				}
			}
		}
		return false
	})
	return len(found) > 0
}

// one: the Add is of the constant 1.
func (w *waitGroup) one(add *code.Op) bool { return w.constant(add) == 1 }

// constant is what an Add adds, -1 when that is no constant.
func (w *waitGroup) constant(add *code.Op) int64 {
	tv := add.In.Pkg.Info.Types[add.Node.(*ast.CallExpr).Args[0]]
	if tv.Value == nil {
		return -1
	}
	n, ok := constant.Int64Val(tv.Value)
	if !ok {
		return -1
	}
	return n
}

// skipIn is the first continue, break or return in a loop's body that stands between two positions.
func (w *waitGroup) skipIn(loop ast.Node, f *code.Func, from, to token.Pos) ast.Node {
	var found ast.Node
	ast.Inspect(loop, func(n ast.Node) bool {
		if _, lit := n.(*ast.FuncLit); lit || found != nil {
			return false
		}
		switch s := n.(type) {
		case *ast.BranchStmt:
			if s.Pos() > from && (to == token.NoPos || s.Pos() < to) && (s.Tok == token.CONTINUE || s.Tok == token.BREAK && breaks(loop, s)) {
				found = s
			}
		case *ast.ReturnStmt:
			if s.Pos() > from && (to == token.NoPos || s.Pos() < to) {
				found = s
			}
		}
		return true
	})
	return found
}

// startsIn are the go statements and launches of workers in a function.
func (w *waitGroup) startsIn(f *code.Func, isStart map[*ast.CallExpr]bool) []*code.Call {
	var out []*code.Call
	for _, call := range w.c.Program.CallsIn(f) {
		if isStart[call.Expr] && (call.Kind == code.Go || call.Kind == code.Launch && call.Name != "(*sync.WaitGroup).Go") {
			out = append(out, call)
		}
	}
	return out
}

// miscounted: what is added at once is not the number of workers that are started behind it.
func (w *waitGroup) miscounted(add *code.Op, isStart map[*ast.CallExpr]bool) *Decision {
	c, f := w.c, add.In
	starts := w.startsIn(f, isStart)
	adds := 0
	for _, other := range c.Program.Ops(w.wg, code.Add) {
		if other.In != nil && other.In.Declared() == f.Declared() {
			adds++
		}
	}
	for _, op := range c.Program.Ops(w.wg, code.Done) {
		if op.In == f {
			return nil // counts down itself
		}
	}
	if adds != 1 || len(starts) == 0 || c.loopAround(f, add.Node, nil) != nil {
		return nil
	}
	var loop ast.Node
	straight := int64(0)
	for _, s := range starts {
		switch l := c.loopAround(f, s.Expr, nil); {
		case l == nil:
			straight++
		case loop != nil:
			return nil
		default:
			loop = l
		}
	}
	why, at := "", ast.Node(add.Node)
	switch n := w.constant(add); {
	case loop == nil && n > straight:
		why = fmt.Sprintf("%d are added and %d started", n, straight)
	case loop == nil:
		return nil
	default:
		start := starts[0]
		for _, s := range starts {
			if holds(loop, s.Expr) {
				start = s
			}
		}
		if skip := w.skipIn(loop, f, loop.Pos(), start.Expr.Pos()); skip != nil && straight == 0 {
			at, why = skip, "a worker is counted here for every round of the loop, and not every round starts one"
			break
		}
		bound := boundOf(loop)
		arg, ok := ast.Unparen(add.Node.(*ast.CallExpr).Args[0]).(*ast.BinaryExpr)
		if !ok || arg.Op != token.ADD || bound == "" || types.ExprString(arg.X) != bound && "len("+types.ExprString(arg.X)+")" != bound {
			return nil
		}
		tv := f.Pkg.Info.Types[arg.Y]
		if extra, ok := int64Of(tv.Value); !ok || extra <= straight {
			return nil
		}
		why = fmt.Sprintf("more are added than the loop starts, which has %s rounds", bound)
	}
	d := &Decision{
		Sure:  true,
		Cause: Place{add.Pos(), why},
		Evidence: []Place{
			{c.Op.Pos(), "Wait waits until as many have called Done as were added"},
			{add.Pos(), fmt.Sprintf("%s adds %s", f.Name, text(add.Node.(*ast.CallExpr).Args[0]))},
			{starts[0].Expr.Pos(), "the workers are started here"},
		},
	}
	if at != add.Node {
		skip := Place{at.Pos(), "this round starts no worker, and the Add before the loop counts one for it"}
		d.Evidence = append(d.Evidence, skip)
		d.Others = append(d.Others, skip)
	}
	if len(starts) == 1 {
		d.Fix = w.addLater(add, isStart)
	}
	if d.Fix == nil {
		d.Fix = stepsFix("Add only what is started", "Wait then waits for those that are there.", fmt.Sprintf("let the Add on line %d count the workers that are started", c.Program.Position(add.Pos()).Line))
	}
	return d
}

func int64Of(v constant.Value) (int64, bool) {
	if v == nil {
		return 0, false
	}
	return constant.Int64Val(v)
}

// boundOf is the number of a loop's rounds as it is written, "" when that is not told.
func boundOf(loop ast.Node) string {
	switch l := loop.(type) {
	case *ast.RangeStmt:
		if id, ok := l.X.(*ast.Ident); ok {
			return "len(" + id.Name + ")"
		}
		return "len(" + types.ExprString(l.X) + ")"
	case *ast.ForStmt:
		if cond, ok := l.Cond.(*ast.BinaryExpr); ok && cond.Op == token.LSS {
			return types.ExprString(cond.Y)
		}
	}
	return ""
}

// nobody: there is an Add, and no worker that would call Done.
func (w *waitGroup) nobody() *Decision {
	c := w.c
	if w.wg.Escapes() || len(w.dones()) > 0 {
		return nil
	}
	for _, add := range c.Program.Ops(w.wg, code.Add) {
		if add.In == nil || code.FullName(add.In.Pkg, add.Node.(*ast.CallExpr)) != "(*sync.WaitGroup).Add" {
			continue
		}
		d := &Decision{
			Sure:     true,
			Cause:    Place{add.Pos(), "nobody calls Done for what is added here"},
			Evidence: []Place{{add.Pos(), fmt.Sprintf("%s adds to %s", add.In.Name, name(add))}, {c.Op.Pos(), "in all packages that were read there is no Done of this WaitGroup"}},
		}
		d.Fix = w.deferIn(add)
		return d
	}
	return nil
}
