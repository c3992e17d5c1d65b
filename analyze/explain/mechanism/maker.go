package mechanism

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strconv"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
)

// transports are the places that make an http.Transport: each has connections, and goroutines for them, of its own.
func (c *Case) transports() []*maker {
	var out []*maker
	for _, pkg := range c.Program.Packages {
		for _, file := range pkg.Files {
			if !imports(file, "net/http", "golang.org/x/net/http2") {
				continue
			}
			ast.Inspect(file, func(n ast.Node) bool {
				x, ok := n.(ast.Expr)
				if !ok {
					return true
				}
				switch code.TypeName(pkg.Info.TypeOf(x)) {
				case "net/http.Transport", "golang.org/x/net/http2.Transport":
					switch x := x.(type) {
					case *ast.CompositeLit:
						out = append(out, c.transport(pkg, x, x.Elts))
					case *ast.CallExpr:
						if id, ok := x.Fun.(*ast.Ident); ok && id.Name == "new" {
							out = append(out, c.transport(pkg, x, nil))
						}
					}
				}
				return true
			})
		}
	}
	for _, call := range c.Program.Calls() {
		if call.Kind == code.Launch || call.In == nil {
			continue
		}
		if m := c.transportCall(call); m != nil {
			out = append(out, m)
		}
	}
	return compact(out)
}

// compact leaves out what is nil.
func compact(all []*maker) []*maker {
	var out []*maker
	for _, m := range all {
		if m != nil {
			out = append(out, m)
		}
	}
	return out
}

// transport is a literal, or a call of new; nil when its connections do not stay.
func (c *Case) transport(pkg *code.Package, x ast.Expr, elements []ast.Expr) *maker {
	in := c.Program.Around(x.Pos())
	if in == nil { // of a package variable: it is made once
		return nil
	}
	m := &maker{made: made{in: in, x: x, paths: [][]string{nil}}, what: "an http.Transport of its own"}
	for _, e := range elements {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		id, _ := kv.Key.(*ast.Ident)
		value := pkg.Info.Types[kv.Value].Value
		switch {
		case id == nil || value == nil:
		case id.Name == "DisableKeepAlives" && value.Kind() == constant.Bool && constant.BoolVal(value):
			return nil
		case id.Name == "IdleConnTimeout":
			if ns, ok := constant.Int64Val(constant.ToInt(value)); ok && ns > 0 {
				m.doubtTimeout(float64(ns) / 1e9)
			}
		}
	}
	if c.keepsNothing(m.made) {
		return nil
	}
	return m
}

// doubtTimeout: connections that are idle for that long are closed, so their number stays bounded.
func (m *maker) doubtTimeout(seconds float64) {
	m.doubt, m.doubtful = 0.1, "its idle connections are closed after "+strconv.FormatFloat(seconds, 'g', 3, 64)+" s, which bounds the growth"
}

// keepsNothing says whether the transport's DisableKeepAlives is set behind.
func (c *Case) keepsNothing(m made) bool {
	off := false
	ast.Inspect(m.in.Body, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != 1 || len(a.Rhs) != 1 {
			return true
		}
		sel, ok := a.Lhs[0].(*ast.SelectorExpr)
		if ok && sel.Sel.Name == "DisableKeepAlives" && code.TypeName(m.in.Pkg.Info.TypeOf(sel.X)) == "net/http.Transport" && a.Pos() > m.x.Pos() {
			if v := m.in.Pkg.Info.Types[a.Rhs[0]].Value; v != nil && constant.BoolVal(v) {
				off = true
			}
		}
		return true
	})
	return off
}

// transportCall: new(http.Transport), a copy of another, or a library's client.
func (c *Case) transportCall(call *code.Call) *maker {
	m := &maker{made: made{in: call.In, x: call.Expr, paths: [][]string{nil}}, constructor: call.Name}
	if len(call.Callees) > 0 {
		return nil
	}
	switch call.Name {
	case "(*net/http.Transport).Clone":
		m.what = "a copy of an http.Transport"
		m.doubtTimeout(90)
		if c.keepsNothing(m.made) {
			return nil
		}
		return m
	}
	for i, t := range results(call.Pkg, call.Expr) {
		switch code.TypeName(t) {
		case "net/http.Client", "net/http.Transport":
			if givesTransport(call) {
				return nil
			}
			m.result, m.what = i, "the HTTP client that "+profileName(call.Name)+" returns"
			m.doubt, m.doubtful = 0.1, "whether it has a Transport of its own is in code that was not read"
			return m
		}
	}
	return nil
}

// givesTransport: a client is among the arguments, or the standard library's
// function gives the one it has.
func givesTransport(call *code.Call) bool {
	if fromStd(call.Name) || strings.HasPrefix(call.Name, "golang.org/x/oauth2") {
		return true
	}
	for _, arg := range call.Expr.Args {
		switch code.TypeName(call.Pkg.Info.TypeOf(arg)) {
		case "net/http.Client", "net/http.Transport", "net/http.RoundTripper":
			return true
		}
	}
	return false
}

func imports(file *ast.File, paths ...string) bool {
	for _, spec := range file.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		for _, want := range paths {
			if p == want {
				return true
			}
		}
	}
	return false
}

// responses are the calls that give a response whose body has to be closed.
func (c *Case) responses() []*maker {
	var out []*maker
	for _, call := range c.Program.Calls() {
		if call.Kind == code.Launch || call.In == nil || len(call.Callees) > 0 && !asks[methodName(call)] {
			continue
		}
		if ofPackage(call.Name, "net/http/httptest") || strings.HasPrefix(call.Name, "net/http.ReadResponse") {
			continue
		}
		if i, path := bodyResult(call); i >= 0 {
			what := "the response of " + text(call.Expr.Fun)
			if path == nil {
				what = "what " + text(call.Expr.Fun) + " returns"
			}
			out = append(out, &maker{made: made{in: call.In, x: call.Expr, result: i, paths: [][]string{path}}, what: what, constructor: call.Name})
		}
	}
	return out
}

// asks are methods of an interface of one's own that an http.Client may be behind.
var asks = map[string]bool{"Do": true, "RoundTrip": true, "Get": true, "Post": true, "Head": true, "PostForm": true}

func methodName(call *code.Call) string {
	fn := code.Callee(call.Pkg, call.Expr)
	if fn == nil {
		return ""
	}
	if recv := fn.Type().(*types.Signature).Recv(); recv == nil || !types.IsInterface(recv.Type()) {
		return ""
	}
	return fn.Name()
}

// bodyResult is the result that is or holds a body, and the way to it. Of a
// call that gives a handle as well, as a websocket's, the response needs no closing.
func bodyResult(call *code.Call) (int, []string) {
	all := results(call.Pkg, call.Expr)
	found, path := -1, []string(nil)
	for i, t := range all {
		name := code.TypeName(t)
		switch {
		case name == "net/http.Response":
			found, path = i, []string{"Body"}
		case name == "io.ReadCloser" && !fromStd(call.Name) && len(call.Callees) == 0 && takesContext(call):
			found = i
		case closeMethod(t).method != "":
			return -1, nil
		}
	}
	return found, path
}

// takesContext says whether a call is given a context, as one that asks over the network is.
func takesContext(call *code.Call) bool {
	return len(call.Expr.Args) > 0 && code.TypeName(call.Pkg.Info.TypeOf(call.Expr.Args[0])) == "context.Context"
}
