package mechanism

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// made is a handle as one function has it: it makes it, or calls what does.
type made struct {
	in     *code.Func
	x      ast.Expr // the call or literal that gives it, or what holds it
	result int
	paths  [][]string // from what x gives to the handle, through fields and elements
	obj    *types.Var // instead of x: the variable that holds it behind the call x
	// closers are functions that come with it, as results or in fields, and give it back.
	closers []closer
}

// closer is a function that gives a handle back: a result, or what a path leads to from it.
type closer struct {
	result int
	path   []string
}

// level is what a function does with a handle.
type level struct {
	made
	step ast.Node // of in's graph
	// held is the local variable that x is assigned to, and err the error that comes with it.
	held, err *types.Var
	closes    []ast.Node // steps that give it back
	drains    []ast.Node // steps that read a response's body to its end
	leaves    []leave
	// gives are the functions for giving it back that go to the callers too; literals are those that are not called here.
	gives    []closer
	literals []*code.Func
	escapes  []ast.Node // steps that hand it to code that was not read
	kept     types.Object
	// collected: it is put into a slice or map, with those that were made before.
	collected bool
	// uses are steps that do something with it, other than giving it back.
	uses []ast.Node
	// deep: it went further than it is followed.
	deep bool
	// apart: another goroutine uses it.
	apart bool
	// exits are ways out on which it is not given back; again: or the function makes the next without.
	exits []ast.Node
	again bool
	// late: it is given back when the function ends, and that makes more of them in a loop before.
	late ast.Node
}

// leave is a way by which a handle goes on to a function's callers.
type leave struct {
	step  ast.Node
	param int // the parameter that it is stored in; -1 for the receiver
	// result is the function's result that it is or is in; -1 when it is stored in a parameter.
	result int
	path   []string
}

// handles follows handles from where they are made to where they are given back, or are not.
type handles struct {
	c *Case
	// idle: what is not used needs no giving back, as a transport without a connection.
	idle bool
	// drained are functions that read all of what they get, after which it need not be given back.
	drained map[string]bool
}

// level looks at what m.in does with what it has.
func (h *handles) level(m made) *level {
	p := h.c.Program
	l := &level{made: m}
	l.step = h.c.stepAround(m.in, m.x)
	l.assigned(p)
	for _, t := range h.tracks(m) {
		l.deep = l.deep || t.Deep
		for _, u := range t.Uses {
			h.use(l, u)
		}
	}
	h.byLiterals(l)
	h.byClosers(l)
	h.closedByResult(l)
	switch {
	case m.obj == nil || m.obj.Pos() >= m.in.Body.Pos() && m.obj.Pos() < m.in.Body.End() && h.c.fresh(m.in, m.obj):
		h.ways(l)
	case global(m.obj):
		l.kept = m.obj
	case isParam(m.in, m.obj) && h.replaced(l):
		l.again = true
	case isParam(m.in, m.obj):
		for _, path := range m.paths {
			l.leaves = append(l.leaves, leave{step: l.step, result: -1, param: paramIndex(m.in, m.obj), path: path})
		}
	default: // of the function around a literal, or an element of something
		l.escapes = append(l.escapes, l.step)
	}
	return l
}

// tracks are the handle's and those of what it is put into: a client that has
// the transport gives back the transport's connections.
func (h *handles) tracks(m made) []*code.Track {
	p := h.c.Program
	var out []*code.Track
	for _, path := range m.paths {
		if m.obj != nil {
			out = append(out, p.TrackObject(m.obj, path...))
		} else {
			out = append(out, p.Track(m.x, m.result, path...))
		}
	}
	seen := map[ast.Node]bool{}
	for i := 0; i < len(out) && i < 6; i++ {
		for _, u := range out[i].Uses {
			if !u.In.Within(m.in) || seen[u.Node] {
				continue
			}
			seen[u.Node] = true
			if x, result := h.holder(u); x != nil {
				out = append(out, p.Track(x, result))
			}
		}
	}
	return out
}

// holder is what has the handle now, when that is of a type whose methods were not read and that can be closed itself.
func (h *handles) holder(u code.Use) (ast.Expr, int) {
	p := h.c.Program
	switch n := u.Node.(type) {
	case *ast.KeyValueExpr:
		lit, ok := p.Parent(n).(*ast.CompositeLit)
		if ok && u.In != nil && h.foreign(u.In.Pkg.Info.TypeOf(lit)) {
			return lit, 0
		}
	case *ast.CallExpr:
		if u.Kind == code.Passed && u.Unread && u.In != nil {
			if k := handleResult(u.In.Pkg, n); k >= 0 {
				return n, k
			}
		}
	}
	return nil, 0
}

// foreign says whether a type is of a package that was not read, and can be closed.
func (h *handles) foreign(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && !h.c.reads(named.Obj().Pkg().Path()) && closeMethod(t).method != ""
}

// reads says whether a package was read.
func (c *Case) reads(path string) bool {
	return slices.ContainsFunc(c.Program.Packages, func(p *code.Package) bool { return p.Path == path })
}

// use sorts one use of the handle in, as far as it happens in the level's function.
func (h *handles) use(l *level, u code.Use) {
	node, f := u.Step()
	if f == nil || !f.Within(l.in) {
		return
	}
	step := h.c.stepAround(l.in, node)
	if f != l.in {
		step = h.c.literalStep(l.in, f, node)
	}
	if slices.Contains(closers, u.Bound) {
		h.handsOver(l, u, step)
		return
	}
	if slices.Contains(u.Path(), "()") {
		return // of a literal that uses it
	}
	switch u.Kind {
	case code.Method:
		if slices.Contains(closers, u.Name) {
			l.closes = append(l.closes, step)
			if f != l.in && !slices.Contains(l.literals, f) {
				l.literals = append(l.literals, f)
			}
			return
		}
		l.uses = append(l.uses, step)
		l.apart = l.apart || u.Apart() || h.apart(l.in, f)
	case code.Passed:
		if u.Unread {
			l.uses = append(l.uses, step)
		}
		switch {
		case h.drained[u.Name]:
			l.drains = append(l.drains, step)
		case u.Unread && (!fromStd(u.Name) || ofPackage(u.Name, "net/http") || ofPackage(u.Name, "net/rpc")):
			l.escapes = append(l.escapes, step)
		}
	case code.Returned:
		if len(u.Via) > 0 || u.In != l.in {
			return
		}
		l.leaves = append(l.leaves, leave{step: step, result: u.Result, path: u.Path()})
	case code.Stored:
		h.stored(l, u, step)
	}
}

// apart says whether a literal in f runs in another goroutine.
func (h *handles) apart(f, lit *code.Func) bool {
	for ; lit != nil && lit != f; lit = lit.Outer {
		for _, call := range h.c.Program.CallersOf(lit) {
			if call.Kind == code.Go || call.Kind == code.Launch {
				return true
			}
		}
	}
	return false
}

// stored finds out whether the place that the handle is put into outlives the function.
func (h *handles) stored(l *level, u code.Use, step ast.Node) {
	switch n := u.Node.(type) {
	case *ast.SendStmt:
		l.escapes = append(l.escapes, step)
	case *ast.CallExpr: // append
		l.collected = true
	case *ast.AssignStmt:
		for _, to := range n.Lhs {
			if _, ok := ast.Unparen(to).(*ast.IndexExpr); ok {
				l.collected = true
			}
		}
		for _, to := range n.Lhs {
			path, root := h.root(u.In, to)
			if root == nil || path == nil && !global(root) {
				continue
			}
			for i := len(u.Via) - 1; i >= 0 && root != nil; i-- { // up the calls that lead there
				arg := argument(h.c.Program.Around(root.Pos()), root, u.Via[i])
				if arg == nil {
					break
				}
				var more []string
				more, root = h.root(u.Via[i].In, arg)
				path = append(more, path...)
			}
			switch {
			case root == nil:
			case global(root):
				l.kept = root
				l.leaves = append(l.leaves, leave{step: step, result: -1, param: noParam})
			case isParam(l.in, root) && h.c.guarded(u, n):
				l.kept = fieldOf(u.In, to)
				l.leaves = append(l.leaves, leave{step: step, result: -1, param: noParam})
			case isParam(l.in, root):
				l.leaves = append(l.leaves, leave{step: step, result: -1, param: paramIndex(l.in, root), path: append(path, u.Path()...)})
			case root.Pos() < l.in.Node().Pos() || root.Pos() > l.in.Node().End(): // of the function around a literal
				l.escapes = append(l.escapes, step)
			}
			return
		}
	}
}

// noParam: the handle went into a package variable.
const noParam = -2
