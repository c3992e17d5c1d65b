package lint

import (
	"fmt"
	"go/ast"
	"go/types"
	"go/version"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// site is an expression that opens something.
type site struct {
	at     inspector.Cursor
	opens  *Opens
	flow   *code.Flow
	name   string // of the function or type
	fn     *types.Func
	ticker bool
}

// known are functions of packages that may have been read without facts, and what ends what they open.
var known = map[string][]string{
	"database/sql.Open":   {"Close"},
	"database/sql.OpenDB": {"Close"},
}

// sites are all places that open something by what they give back.
func (l *linter) sites() []*site {
	var out []*site
	for c := range l.program.Cursors((*ast.CallExpr)(nil), (*ast.CompositeLit)(nil)) {
		if s := l.site(c); s != nil {
			out = append(out, s)
		}
	}
	return out
}

func (l *linter) site(c inspector.Cursor) *site {
	switch n := c.Node().(type) {
	case *ast.CompositeLit:
		if code.TypeName(l.pkg.Info.TypeOf(n)) != "net/http.Transport" || bounded(n) {
			return nil
		}
		s := &site{at: c, name: "http.Transport", opens: &Opens{Ends: []string{"CloseIdleConnections"}, Client: true}}
		s.at = l.holding(c)
		return s
	case *ast.CallExpr:
		fn := code.Callee(l.pkg, n)
		if fn == nil {
			return nil
		}
		s := &site{at: c, fn: fn, name: calledAs(fn)}
		full := fn.Origin().FullName()
		if full == "time.NewTicker" && !l.collected(n) {
			s.opens, s.ticker = &Opens{Ends: []string{"Stop"}}, true
			return s
		}
		s.opens = l.opens(fn)
		if ends := known[full]; s.opens == nil && ends != nil {
			s.opens = &Opens{Ends: ends}
		}
		if s.opens == nil || s.opens.Receiver {
			return nil
		}
		return s
	}
	return nil
}

// holding is the address of a literal, and of the http.Client that it is the transport of.
func (l *linter) holding(c inspector.Cursor) inspector.Cursor {
	for {
		switch kind, _ := c.ParentEdge(); kind {
		case edge.UnaryExpr_X, edge.ParenExpr_X:
			c = c.Parent()
		case edge.KeyValueExpr_Value:
			lit, ok := c.Parent().Parent().Node().(*ast.CompositeLit)
			if !ok || code.TypeName(l.pkg.Info.TypeOf(lit)) != "net/http.Client" {
				return c
			}
			c = c.Parent().Parent()
		default:
			return c
		}
	}
}

// collected says whether a file is of a Go version since which the garbage
// collector takes tickers that nobody refers to, stopped or not.
func (l *linter) collected(n ast.Node) bool {
	for _, f := range l.pkg.Files {
		if f.FileStart <= n.Pos() && n.Pos() < f.FileEnd {
			v := l.pkg.Info.FileVersions[f]
			return v == "" || version.Compare(v, "go1.23") >= 0
		}
	}
	return true
}

// bounded: the transport's connections end by themselves.
func bounded(lit *ast.CompositeLit) bool {
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		if id, ok := kv.Key.(*ast.Ident); ok && (id.Name == "DisableKeepAlives" || id.Name == "IdleConnTimeout") {
			return true
		}
	}
	return false
}

func calledAs(fn *types.Func) string {
	if fn.Pkg() == nil {
		return fn.Name()
	}
	return fn.Pkg().Name() + "." + fn.Name()
}

func (l *linter) follow(s *site) *code.Flow {
	if s.flow == nil {
		if _, call := s.at.Node().(*ast.CallExpr); call {
			s.flow = l.program.FollowResult(s.at, 0)
		} else {
			s.flow = l.program.Follow(s.at)
		}
	}
	return s.flow
}

// handedOn notes the functions that give back what they open, as it is or in a struct of the package. It says whether there was a new one.
func (l *linter) handedOn() bool {
	more := false
	for _, s := range l.sites() {
		f := l.program.FuncAt(s.at)
		if kind, i := s.at.ParentEdge(); kind == edge.ReturnStmt_Results && i == 0 && f != nil && !s.ticker {
			more = l.export(f, &Opens{Ends: slices.Clone(s.opens.Ends), Client: s.opens.Client}) || more
		}
		flow := l.follow(s)
		if len(flow.Left) > 0 || s.ticker {
			continue
		}
		for _, h := range flow.Holders {
			holder := l.program.FuncAt(h)
			t := ownType(l.pkg.Info.TypeOf(h.Node().(ast.Expr)), l.pass.Pkg)
			if holder == nil || holder.Decl == nil || t == nil || l.madeAndReturned(holder) != t {
				continue
			}
			var ends []string
			for _, u := range flow.Of(code.UsedMethod) {
				if u.In != nil && endsBy(s.opens, u.Name) {
					names, _ := l.methodsTo(holder, t, u.In)
					ends = append(ends, names...)
				}
			}
			more = l.export(holder, &Opens{Ends: ends, Client: s.opens.Client}) || more
		}
	}
	return more
}

func endsBy(o *Opens, name string) bool { return slices.Contains(o.Ends, name) }

// handles looks for what is opened by each call of a function, does not leave it and is ended in no place.
func (l *linter) handles() {
	for _, s := range l.sites() {
		f := l.program.FuncAt(s.at)
		flow := l.follow(s)
		if f == nil || l.ended(flow, s.opens) || !l.perCall(f, flow) || s.opens.Client && s.fn == nil && !asks(flow) {
			continue
		}
		m, what := l.judged(s)
		l.add(diagnostic{pos: s.at.Node().Pos(), mechanism: m, text: fmt.Sprintf("each call of %s opens one, and nobody calls %s: %s", short(f), quoted(s.opens.Ends), what)})
	}
	for _, c := range l.program.Calls() {
		l.started(c)
	}
}

// ended says whether something may end what was opened: a method that does, or code that is not seen.
func (l *linter) ended(flow *code.Flow, o *Opens) bool {
	if len(flow.Left) > 0 || !l.confined(flow, map[*code.Func]bool{}, map[int32]bool{}) {
		return true
	}
	for _, u := range flow.Of(code.UsedMethod) {
		if slices.Contains(o.Ends, u.Name) || slices.Contains(enders, u.Name) {
			return true
		}
	}
	return false
}

// perCall says that the functions up to which a value is handed may run any number of times.
func (l *linter) perCall(f *code.Func, flow *code.Flow) bool {
	returned := map[*code.Func]bool{}
	l.confined(flow, returned, map[int32]bool{})
	owners := l.ownersOf(f, returned, deepest)
	for _, o := range owners {
		if l.once(o) {
			return false
		}
	}
	return len(owners) > 0
}

// asks says whether a client or transport is used for requests: one that is not opens no connection.
func asks(flow *code.Flow) bool {
	for _, u := range flow.Of(code.UsedMethod) {
		if slices.Contains([]string{"Do", "Get", "Head", "Post", "PostForm", "RoundTrip"}, u.Name) {
			return true
		}
	}
	return false
}

// judged is the mechanism, and what stays.
func (l *linter) judged(s *site) (analyze.Mechanism, string) {
	switch {
	case s.opens.Client:
		return analyze.ClientPerCall, "its idle connections, with two goroutines each, stay"
	case s.ticker:
		return analyze.ContractViolation, "before Go 1.23 a ticker that is not stopped is never collected"
	case l.own(s.fn):
		return analyze.ContractViolation, "the goroutine that " + s.name + " starts stays"
	}
	return analyze.HandlePerCall, "the goroutine that " + s.name + " starts stays"
}

// own says whether a function is of the module that is looked at.
func (l *linter) own(fn *types.Func) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	if fn.Pkg() == l.pass.Pkg {
		return true
	}
	m := l.pass.Module
	return m != nil && m.Path != "" && (fn.Pkg().Path() == m.Path || strings.HasPrefix(fn.Pkg().Path(), m.Path+"/"))
}
