package lint

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// bodies looks for responses of HTTP requests whose body is certainly neither
// closed nor read on a way out of the function that got them.
func (l *linter) bodies() {
	for c := range l.program.Cursors((*ast.CallExpr)(nil)) {
		if l.givesResponse(c) && l.responds(c.Node().(*ast.CallExpr)) {
			l.body(c)
		}
	}
}

// requests are net/http's functions that give a response whose body is the caller's.
var requests = []string{
	"net/http.Get", "net/http.Head", "net/http.Post", "net/http.PostForm",
	"(*net/http.Client).Do", "(*net/http.Client).Get", "(*net/http.Client).Head", "(*net/http.Client).Post", "(*net/http.Client).PostForm",
	"(*net/http.Transport).RoundTrip",
}

// responds says that whatever a call may call hands on a response as it came.
func (l *linter) responds(call *ast.CallExpr) bool {
	fn := code.Callee(l.pkg, call)
	if fn != nil && slices.Contains(requests, fn.Origin().FullName()) {
		return true
	}
	if fn != nil && l.pass.ImportObjectFact(fn.Origin(), &Responds{}) {
		return true
	}
	c := l.program.CallOf(call)
	if c == nil || len(c.Callees) == 0 {
		return false
	}
	for _, f := range c.Callees {
		if f.Obj == nil || !l.pass.ImportObjectFact(f.Obj, &Responds{}) {
			return false
		}
	}
	return true
}

// responseFacts tells which functions hand on a response as it came.
func (l *linter) responseFacts() {
	for range 3 {
		more := false
		for _, f := range l.program.Funcs {
			if f.Obj != nil && !l.pass.ImportObjectFact(f.Obj, &Responds{}) && l.handsOnResponse(f) {
				l.pass.ExportObjectFact(f.Obj, &Responds{})
				more = true
			}
		}
		if !more {
			return
		}
	}
}

// handsOnResponse: the function returns calls that respond, and nothing else but nil, and names no body.
func (l *linter) handsOnResponse(f *code.Func) bool {
	results := f.Obj.Type().(*types.Signature).Results()
	if results.Len() != 2 || code.TypeName(results.At(0).Type()) != "net/http.Response" {
		return false
	}
	gives, other := false, false
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SelectorExpr:
			other = other || n.Sel.Name == "Body"
		case *ast.ReturnStmt:
			switch {
			case len(n.Results) == 1:
				call, ok := ast.Unparen(n.Results[0]).(*ast.CallExpr)
				if ok && l.responds(call) {
					gives = true
				} else {
					other = true
				}
			case len(n.Results) == 0 || !isNil(l.pkg, n.Results[0]):
				other = true
			}
		}
		return true
	})
	return gives && !other
}

// givesResponse: a call that gives a response and an error, as Do and RoundTrip do.
func (l *linter) givesResponse(c inspector.Cursor) bool {
	call := c.Node().(*ast.CallExpr)
	t, ok := l.pkg.Info.TypeOf(call).(*types.Tuple)
	return ok && t.Len() == 2 && code.TypeName(t.At(0).Type()) == "net/http.Response" && types.Identical(t.At(1).Type(), types.Universe.Lookup("error").Type())
}

func (l *linter) body(c inspector.Cursor) {
	call := c.Node().(*ast.CallExpr)
	f := l.program.FuncAt(c)
	if f == nil {
		return
	}
	if switches(f) {
		return
	}
	step := l.step(f, call)
	flow := l.program.FollowResult(c, 0)
	if step == nil || len(flow.Left)+len(flow.Held)+len(flow.Holders)+len(flow.Returned) > 0 || len(flow.Objects) != 1 || len(flow.Of(code.UsedCompared)) > 0 {
		return
	}
	stops := map[ast.Node]bool{}
	for _, u := range flow.Of(code.UsedField) {
		if u.Name != "Body" {
			continue
		}
		if u.In != f {
			return // a literal has it
		}
		for _, n := range l.around(f, u.Node) {
			stops[n] = true
		}
	}
	g := l.program.Graph(f)
	_, exits := g.Search(step, in(stops), nil)
	exits = slices.DeleteFunc(exits, func(e ast.Node) bool { return l.failed(c, f, e) })
	exit := l.onlyBehind(f, step, in(stops), exits)
	if exit == nil {
		return
	}
	pos, how := leaving(exit)
	l.add(diagnostic{
		pos: pos, mechanism: analyze.HTTPBodyNotClosed, related: []place{{call.Pos(), "the response comes from here"}},
		text: fmt.Sprintf("%s %s here and leaves the response's body neither read nor closed: its connection, with two goroutines, stays", short(f), how),
	})
}

// switches: the function goes on to use the connection for another protocol.
func switches(f *code.Func) bool {
	found := false
	ast.Inspect(f.Declared().Node(), func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && (id.Name == "StatusSwitchingProtocols" || id.Name == "Hijack") {
			found = true
		}
		return !found
	})
	return found
}

// around are the steps in which an expression stands.
func (l *linter) around(f *code.Func, n ast.Node) []ast.Node {
	var out []ast.Node
	g := l.program.Graph(f)
	ast.Inspect(f.Body, func(x ast.Node) bool {
		if x == nil || !within(x, n) {
			return false
		}
		if g.Holds(x) {
			if _, ok := x.(*ast.RangeStmt); !ok {
				out = append(out, x)
			}
		}
		return true
	})
	return out
}

// failed says whether a way out stands where the call's error is asked for: then there is no body.
func (l *linter) failed(c inspector.Cursor, f *code.Func, exit ast.Node) bool {
	vars := map[types.Object]bool{}
	if kind, _ := c.ParentEdge(); kind == edge.AssignStmt_Rhs {
		if lhs := c.Parent().Node().(*ast.AssignStmt).Lhs; len(lhs) == 2 {
			if obj := l.object(lhs[1]); obj != nil {
				vars[obj] = true
			}
		}
	}
	return len(vars) == 0 || l.asks(f, exit, vars)
}
