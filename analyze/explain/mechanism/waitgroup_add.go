package mechanism

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

func stepsFix(title, why string, steps ...string) *repair.Fix {
	return &repair.Fix{Title: title, Why: why, Steps: steps}
}

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
	if g.Find(started) == nil || !g.Holds(add.Node) || !w.one(add) {
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

// addLater moves an Add right before the one start of a worker.
func (w *waitGroup) addLater(add *code.Op, isStart map[*ast.CallExpr]bool) *repair.Fix {
	f := add.In
	starts := w.startsIn(f, isStart)
	own := statement(f, add.Node)
	if len(starts) != 1 || own == nil || !exprOf(own, add.Node) {
		return nil
	}
	start := w.statementOf(f, starts[0])
	x := receiverOf(add)
	if start == nil || x == nil || calls(x) || !namesHold(f.Pkg, x, start.Pos()) || own.Pos() > start.Pos() {
		return nil
	}
	return &repair.Fix{
		Title: "Add right before the go statement",
		Why:   "Wait then waits for those that were started.",
		Edits: []repair.Edit{w.c.remove(f, own), {Pos: start.Pos(), End: start.Pos(), New: types.ExprString(x) + ".Add(1)\n"}},
	}
}

// statementOf is the statement that a call is, when it is one.
func (w *waitGroup) statementOf(f *code.Func, call *code.Call) ast.Stmt {
	s := statement(f, call.Expr)
	switch st := s.(type) {
	case *ast.GoStmt:
		return st
	case *ast.ExprStmt:
		return st
	}
	return nil
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
			at, why = skip, "this round starts no worker, and the Add before the loop counts one for it"
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
	pos := add.Pos()
	if at != add.Node {
		pos = at.Pos()
	}
	d := &Decision{
		Sure:  true,
		Cause: Place{pos, why},
		Evidence: []Place{
			{c.Op.Pos(), "Wait waits until as many have called Done as were added"},
			{add.Pos(), fmt.Sprintf("%s adds %s", f.Name, text(add.Node.(*ast.CallExpr).Args[0]))},
			{starts[0].Expr.Pos(), "the workers are started here"},
		},
	}
	if at != add.Node {
		d.Evidence = append(d.Evidence, Place{pos, why})
		d.Others = append(d.Others, Place{add.Pos(), "the Add that counts every round"})
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

// deferIn lets the one literal that is started behind an Add call Done when it ends.
func (w *waitGroup) deferIn(add *code.Op) *repair.Fix {
	fix := &repair.Fix{Title: "Defer Done in the goroutine", Why: "Done is called however the goroutine leaves."}
	var only *code.Func
	for _, call := range w.c.Program.CallsIn(add.In) {
		if call.Kind == code.Go && call.Expr.Pos() > add.Node.Pos() {
			if only != nil || len(call.Callees) != 1 {
				only = nil
				break
			}
			only = call.Callees[0]
		}
	}
	x := receiverOf(add)
	if only == nil || only.Lit == nil || x == nil || calls(x) || len(only.Body.List) == 0 || !namesHold(add.In.Pkg, x, only.Body.List[0].Pos()) || !w.one(add) {
		fix.Steps = []string{fmt.Sprintf("call Done in what is started behind line %d, deferred at its beginning", w.c.Program.Position(add.Pos()).Line)}
		return fix
	}
	at := only.Body.List[0].Pos()
	fix.Edits = []repair.Edit{{Pos: at, End: at, New: "defer " + types.ExprString(x) + ".Done()\n"}}
	return fix
}

// deferDone defers Done at a worker's beginning, in place of those at its ends; where something comes behind
// them, it calls Done before the ways out that forget it.
func (w *waitGroup) deferDone(f *code.Func, dones []*code.Op, exits []ast.Node) *repair.Fix {
	fix := &repair.Fix{Title: "Defer Done at the beginning", Why: "Done is called however the worker leaves."}
	var x *ast.CallExpr
	simple := len(dones) > 0 && len(dones) <= 5 && len(f.Body.List) > 0
	for _, op := range dones {
		x, _ = op.Node.(*ast.CallExpr)
		s := statement(f, op.Node)
		_, deferred := s.(*ast.DeferStmt)
		simple = simple && op.In == f && x != nil && s != nil && (deferred || exprOf(s, op.Node) && w.c.lastThing(f, s)) &&
			!w.c.Program.Graph(f).InLoop(op.Node) && canRepeat(f, x, f.Body.List[0].Pos())
	}
	if simple {
		at := f.Body.List[0].Pos()
		fix.Edits = append(fix.Edits, repair.Edit{Pos: at, End: at, New: "defer " + types.ExprString(x) + "\n"})
		for _, op := range dones {
			fix.Edits = append(fix.Edits, w.c.remove(f, statement(f, op.Node)))
		}
		return fix
	}
	if x != nil && len(exits) <= 3 {
		fix.Title = "Call Done on every way"
		for _, e := range exits {
			pos, _ := leaving(e)
			if _, ends := e.(*ast.BlockStmt); ends || !canRepeat(f, x, pos) {
				fix.Edits = nil
				break
			}
			fix.Edits = append(fix.Edits, repair.Edit{Pos: pos, End: pos, New: types.ExprString(x) + "\n"})
		}
	}
	if fix.Edits == nil {
		fix.Title = "Call Done on every way"
		pos, _ := leaving(exits[0])
		fix.Steps = []string{fmt.Sprintf("call Done before line %d too, best deferred where %s begins", w.c.Program.Position(pos).Line, f.Name)}
	}
	return fix
}

// canRepeat says whether a call of Done can be written at another place of its package.
func canRepeat(f *code.Func, done *ast.CallExpr, pos token.Pos) bool {
	fun := ast.Unparen(done.Fun)
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		fun = sel.X
	}
	return len(done.Args) == 0 && !calls(fun) && namesHold(f.Pkg, fun, pos)
}
