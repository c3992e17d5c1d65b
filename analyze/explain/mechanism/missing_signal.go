package mechanism

import (
	"fmt"
	"go/ast"
	"sort"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
)

// silent is a change of what a wait asks for, behind which nobody is told.
type silent struct {
	write code.Write
	need  need
	// at is the change itself, or the call by which a function that leaves the telling to its callers makes it.
	at    ast.Node
	in    *code.Func
	exits []ast.Node
	clear bool
}

// missingSignal: the condition changes, and who waits for it is not told, or not all who are.
func missingSignal(c *Case) (*Decision, string) {
	if !c.onCond() {
		return nil, ""
	}
	needs := c.needsOf(c.Op)
	if len(needs) == 0 {
		return nil, "what the goroutine waits for is not clear from the source"
	}
	near := c.passed()
	var all []silent
	told := 0
	for _, n := range needs {
		for _, w := range c.Program.Writes(n.obj) {
			may, clear := n.serves(w)
			if !may || w.In == c.Op.In || c.makesCond(w.In) {
				continue
			}
			found := c.untold(w, n)
			if len(found) == 0 {
				told++
			}
			for _, s := range found {
				s.clear = clear
				all = append(all, s)
			}
		}
	}
	if len(all) > 0 {
		sort.SliceStable(all, func(i, j int) bool {
			a, b := all[i], all[j]
			if a.clear != b.clear {
				return a.clear
			}
			return near[a.in] && !near[b.in]
		})
		return c.silence(all, told), ""
	}
	if d := c.oneForMany(needs); d != nil {
		return d, ""
	}
	if d := c.unlocked(needs); d != nil {
		return d, ""
	}
	return nil, "behind every change of the condition that was read those who wait are told"
}

// makesCond: the function in which the Cond is made sets up what nobody waits for yet.
func (c *Case) makesCond(f *code.Func) bool {
	for _, o := range c.Op.On.Origins() {
		if o.In != nil && o.In == f {
			return true
		}
	}
	return false
}

// tells says whether a step signals or broadcasts, itself or in what it calls.
func (c *Case) tells(n ast.Node, depth int) bool {
	call := n
	switch s := n.(type) {
	case *ast.GoStmt:
		call = s.Call
	case *ast.DeferStmt:
		call = s.Call
	}
	for _, op := range c.Program.OpsOf(call) {
		if (op.Kind == code.Signal || op.Kind == code.Broadcast) && op.On.Same(c.Op.On) {
			return true
		}
	}
	if depth == 0 {
		return false
	}
	for _, cl := range c.Program.CallsOf(n) {
		for _, g := range cl.Callees {
			if c.Program.Graph(g).Find(func(x ast.Node) bool { return c.tells(x, depth-1) }) != nil {
				return true
			}
		}
	}
	return false
}

// untold are the ways behind a change on which nobody is told: in the function, or, when it tells on none, in those that call it.
func (c *Case) untold(w code.Write, n need) []silent {
	exits := c.quietExits(w.In, w.Node)
	if len(exits) == 0 {
		return nil
	}
	if c.Program.Graph(w.In).Find(func(x ast.Node) bool { return c.tells(x, 2) }) == nil {
		var quiet []silent
		loud := 0
		for _, call := range c.Program.CallersOf(w.In) {
			if call.In == nil || call.Kind != code.Plain || !c.Program.Graph(call.In).Holds(call.Expr) {
				continue
			}
			if e := c.quietExits(call.In, call.Expr); len(e) > 0 {
				quiet = append(quiet, silent{write: w, need: n, at: call.Expr, in: call.In, exits: e})
			} else {
				loud++
			}
		}
		if loud > 0 {
			return quiet
		}
	}
	return []silent{{write: w, need: n, at: w.Node, in: w.In, exits: exits}}
}

// quietExits are the ways out of a function on which nobody is told behind a step.
func (c *Case) quietExits(f *code.Func, step ast.Node) []ast.Node {
	g := c.Program.Graph(f)
	if !g.Holds(step) {
		return nil
	}
	tells := func(n ast.Node) bool { return c.tells(n, 2) }
	_, exits := g.Search(step, tells, nil)
	if len(exits) == 0 {
		return nil
	}
	// Told before, and deferred, or under the lock without which nobody who wakes goes on.
	before, _ := g.Search(nil, func(n ast.Node) bool { return n == step }, func(n ast.Node) bool {
		_, d := n.(*ast.DeferStmt)
		return d && tells(n)
	})
	if len(before) > 0 {
		return nil
	}
	if reached, _ := g.Search(nil, tells, func(n ast.Node) bool { return n == step }); len(reached) == 0 && c.underCond(f, step) {
		return nil
	}
	return exits
}

// underCond says whether a step is made under the Cond's lock.
// Where that lock is not known, as that of a type that embeds it, any is.
func (c *Case) underCond(f *code.Func, step ast.Node) bool {
	unknown := len(c.Program.Ops(c.condLock(), code.Lock)) == 0
	for _, h := range c.Program.HeldAt(f, step) {
		if unknown || h.Op.On.Same(c.condLock()) {
			return true
		}
	}
	return false
}

func (c *Case) silence(all []silent, told int) *Decision {
	s := all[0]
	d := &Decision{
		Sure:  s.clear && !c.Op.On.Escapes(),
		Cause: Place{s.at.Pos(), fmt.Sprintf("%s changes %s here, and %s is not told on every way behind it", s.in.Name, text(s.write.Target), name(c.Op))},
		Evidence: []Place{
			{c.Op.Pos(), fmt.Sprintf("the goroutine waits until %s changes", text(s.need.at))},
			{s.write.Node.Pos(), fmt.Sprintf("%s changes it", s.write.In.Name)},
		},
	}
	for i, e := range s.exits {
		pos, how := leaving(e)
		p := Place{pos, fmt.Sprintf("%s %s here without Signal or Broadcast behind the change", s.in.Name, how)}
		if i == 0 {
			d.Evidence = append(d.Evidence, p)
		}
		d.Others = append(d.Others, p)
	}
	for _, op := range c.Program.Ops(c.Op.On, code.Signal, code.Broadcast) {
		d.Evidence = append(d.Evidence, Place{op.Pos(), "elsewhere those who wait are told, with " + op.Kind.String()})
		break
	}
	for _, other := range all[1:] {
		if other.at != s.at && other.clear && len(d.Others) < 4 {
			d.Others = append(d.Others, Place{other.at.Pos(), fmt.Sprintf("%s changes %s, too, and tells nobody", other.in.Name, text(other.write.Target))})
		}
	}
	d.Fix = c.broadcast(s)
	return d
}

// broadcast tells all who wait, right behind the change.
func (c *Case) broadcast(s silent) *repair.Fix {
	fix := &repair.Fix{
		Title: fmt.Sprintf("Broadcast behind the change of %s", text(s.write.Target)),
		Why:   "All who wait look at the condition again.",
	}
	line := c.Program.Line(s.at)
	st := statement(s.in, s.at)
	x := c.condText(s)
	_, listed := following(s.in.Body, st)
	next, _ := following(s.in.Body, st)
	if x == "" || st == nil || !listed && next == nil {
		fix.Steps = []string{fmt.Sprintf("call Broadcast of %s behind line %d, under its lock", name(c.Op), line)}
		return fix
	}
	fix.Edits = []repair.Edit{c.behind(s.in, st, x+".Broadcast()")}
	if !c.underCond(s.in, s.at) && !c.callersUnderCond(s.in) {
		fix.Steps = []string{fmt.Sprintf("hold the lock of %s on line %d: a change without it can fall between a look at the condition and the Wait", name(c.Op), line)}
	}
	return fix
}

func (c *Case) callersUnderCond(f *code.Func) bool {
	for _, call := range c.Program.CallersOf(f) {
		if call.In == nil || call.Kind != code.Plain || !c.underCond(call.In, call.Expr) {
			return false
		}
	}
	return len(c.Program.CallersOf(f)) > 0
}

// oneForMany: a Signal wakes one, where what changes is for all who wait, or
// where others wait on the same Cond for something else.
func (c *Case) oneForMany(needs []need) *Decision {
	signals := c.Program.Ops(c.Op.On, code.Signal)
	var others *code.Op
	for _, w := range c.Program.Ops(c.Op.On, code.Wait) {
		if w.In != nil && w.In != c.Op.In && !sameNeeds(needs, c.needsOf(w)) {
			others = w
		}
	}
	for _, op := range signals {
		if op.In == nil {
			continue
		}
		for _, n := range needs {
			for _, w := range c.Program.Writes(n.obj) {
				may, clear := n.serves(w)
				if !may || w.In != op.In || !c.Program.Graph(op.In).Before(w.Node, op.Node) {
					continue
				}
				why := ""
				switch {
				case clear && n.stays():
					why = "what changes is so for all who wait, and Signal wakes one of them"
				case n.own && w.Kind == code.Insert:
					why = "who waits does so for a key of his own, and Signal may wake one whose key it is not"
				case many(w):
					why = "several are added at once, and Signal wakes one who waits"
				case others != nil:
					why = "Signal may wake one who waits for something else"
				default:
					continue
				}
				d := &Decision{
					Sure:     why[0] == 'w' || others != nil,
					Cause:    Place{op.Pos(), fmt.Sprintf("%s signals one, and more than one may wait", op.In.Name)},
					Evidence: []Place{{c.Op.Pos(), fmt.Sprintf("the goroutine waits until %s changes", text(n.at))}, {w.Node.Pos(), fmt.Sprintf("%s changes it", w.In.Name)}, {op.Pos(), why}},
				}
				if others != nil {
					d.Evidence = append(d.Evidence, Place{others.Pos(), fmt.Sprintf("%s waits on the same Cond for something else", others.In.Name)})
				}
				if sel, ok := ast.Unparen(op.Node.(*ast.CallExpr).Fun).(*ast.SelectorExpr); ok {
					d.Fix = &repair.Fix{Title: "Broadcast in place of Signal", Why: "All who wait look at the condition again.",
						Edits: []repair.Edit{{Pos: sel.Sel.Pos(), End: sel.Sel.End(), New: "Broadcast"}}}
				}
				return d
			}
		}
	}
	return nil
}

// many: a write that adds more than one.
func many(w code.Write) bool {
	call, ok := ast.Unparen(orNil(w.Value)).(*ast.CallExpr)
	return ok && len(call.Args) > 1 && (call.Ellipsis.IsValid() || len(call.Args) > 2)
}

func sameNeeds(a, b []need) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].obj != b[i].obj || a[i].change != b[i].change {
			return false
		}
	}
	return true
}
