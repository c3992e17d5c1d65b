package mechanism

import (
	"go/ast"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// fate is what becomes of a handle in the end.
type fate uint8

const (
	returned fate = iota // given back on every way
	lost                 // a way on which it is not given back
	late                 // given back when a function ends that makes more of them meanwhile
	kept                 // in a package variable
	handed               // to code that was not read
	outside              // to callers that were not read
)

// end is one way of a handle from its maker through functions that hand it on, to the last that has it.
type end struct {
	fate   fate
	levels []*level // the maker's first
}

// last is where the handle ends.
func (e *end) last() *level { return e.levels[len(e.levels)-1] }

// The bounds of the ends of one handle.
const (
	mostLevels = 6
	mostEnds   = 24
)

// ends follows a handle up through all that hand it on.
func (h *handles) ends(m made) []*end {
	var out []*end
	seen := map[ast.Expr]bool{}
	var up func(m made, below []*level)
	up = func(m made, below []*level) {
		if m.in == nil || len(out) >= mostEnds || len(below) >= mostLevels || seen[m.x] {
			return
		}
		seen[m.x] = true
		l := h.level(m)
		if l.step == nil {
			return
		}
		levels := append(slices.Clone(below), l)
		switch {
		case l.late != nil:
			out = append(out, &end{late, levels})
			return
		case (len(l.exits) > 0 || l.again) && l.deep:
			out = append(out, &end{handed, levels})
		case len(l.exits) > 0 || l.again:
			out = append(out, &end{lost, levels})
		}
		next := h.callers(l)
		for _, m := range next {
			up(m, levels)
		}
		switch {
		case len(next) > 0 || len(l.exits) > 0 || l.again:
		case l.kept != nil:
			out = append(out, &end{kept, levels})
		case len(l.leaves) > 0:
			out = append(out, &end{outside, levels})
		case len(l.escapes) > 0:
			out = append(out, &end{handed, levels})
		default:
			out = append(out, &end{returned, levels})
		}
	}
	up(m, nil)
	return out
}

// callers are the handle as each caller has it that the level hands it on to.
func (h *handles) callers(l *level) []made {
	var out []made
	type key struct {
		x      ast.Expr
		result int
	}
	at := map[key]int{}
	add := func(k key, m made, path []string) {
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k] = i
			out = append(out, m)
		}
		out[i].paths = append(out[i].paths, path)
	}
	for _, v := range l.leaves {
		if v.param == noParam && v.result < 0 {
			continue
		}
		for _, call := range h.c.Program.CallersOf(l.in) {
			if call.Kind == code.Launch || call.In == nil {
				continue
			}
			if v.result < 0 && fromStd(call.Name) {
				continue // an io.Reader's method: which reader's is not known
			}
			if v.result >= 0 {
				add(key{call.Expr, v.result}, made{in: call.In, x: call.Expr, result: v.result, closers: l.gives}, v.path)
				continue
			}
			arg := h.paramArgument(l.in, v.param, call)
			path, root := h.root(call.In, arg)
			if root == nil {
				continue
			}
			add(key{call.Expr, -1}, made{in: call.In, x: call.Expr, result: -1, obj: root}, append(path, v.path...))
		}
	}
	return out
}

// paramArgument is what a call gives for the parameter at a place, -1 for the receiver.
func (h *handles) paramArgument(f *code.Func, i int, call *code.Call) ast.Expr {
	if i < 0 {
		if recv := f.Receiver(); recv != nil {
			return argument(f, recv, call)
		}
		return nil
	}
	if i < len(call.Expr.Args) {
		return call.Expr.Args[i]
	}
	return nil
}

// firstExit is the first return statement without giving back, or the function's end when there is none.
func (l *level) firstExit() ast.Node {
	var first ast.Node
	for _, e := range l.exits {
		_, isReturn := e.(*ast.ReturnStmt)
		_, wasReturn := first.(*ast.ReturnStmt)
		if first == nil || isReturn && (!wasReturn || e.Pos() < first.Pos()) {
			first = e
		}
	}
	return first
}
