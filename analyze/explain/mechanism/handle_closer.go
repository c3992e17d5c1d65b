package mechanism

import (
	"go/ast"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
)

// handsOver: x.Close is not called but handed to somebody, who is to call it.
func (h *handles) handsOver(l *level, u code.Use, step ast.Node) {
	switch u.Kind {
	case code.Returned:
		if len(u.Via) == 0 && u.In == l.in {
			l.give(h.c, u)
		}
	case code.Stored, code.Passed:
		l.closes = append(l.closes, step)
	}
}

// give hands the callers a function that gives the handle back.
func (l *level) give(c *Case, u code.Use) {
	l.gives = append(l.gives, closer{u.Result, u.Path()})
	l.closes = append(l.closes, c.stepAround(l.in, u.Node))
}

// byLiterals: what a function literal gives back, its caller may give back: func() { x.Close() } is as good as x.Close.
func (h *handles) byLiterals(l *level) {
	for _, f := range l.literals {
		if f.Lit == nil || f.Outer != l.in {
			continue
		}
		for _, u := range h.c.Program.Track(f.Lit, 0).Of(code.Returned) {
			if len(u.Via) == 0 && u.In == l.in {
				l.give(h.c, u)
			}
		}
	}
}

// byClosers are the calls of functions that came with the handle from the function that made it.
func (h *handles) byClosers(l *level) {
	call, ok := l.x.(*ast.CallExpr)
	if !ok || l.obj != nil {
		return
	}
	for _, k := range l.made.closers {
		h.calledBack(l, h.c.Program.Track(call, k.result, k.path...))
	}
}

// closedByResult are the calls of functions that code that was not read gave with the handle: client, done := connect(); defer done().
func (h *handles) closedByResult(l *level) {
	call, ok := l.x.(*ast.CallExpr)
	if !ok || l.obj != nil || h.c.Program.CallOf(call) == nil || len(h.c.Program.CallOf(call).Callees) > 0 {
		return
	}
	for i, t := range results(l.in.Pkg, call) {
		if _, ok := t.Underlying().(*types.Signature); ok && i != l.result {
			h.calledBack(l, h.c.Program.Track(call, i))
		}
	}
}

// calledBack sorts in what the level does with a function that gives the handle back.
func (h *handles) calledBack(l *level, t *code.Track) {
	for _, u := range t.Uses {
		node, f := u.Step()
		if f == nil || !f.Within(l.in) {
			continue
		}
		step := h.c.stepAround(l.in, node)
		if f != l.in {
			step = h.c.literalStep(l.in, f, node)
		}
		switch u.Kind {
		case code.Called, code.Passed:
			l.closes = append(l.closes, step)
		case code.Returned:
			if len(u.Via) == 0 && u.In == l.in {
				l.give(h.c, u)
			}
		}
	}
}
