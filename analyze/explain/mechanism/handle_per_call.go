package mechanism

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/goroutine"
)

// handlePerCall: a library's own goroutines stay, because what they belong to is made for each call and not closed.
func handlePerCall(c *Case) (*Decision, string) {
	if c.Finding == nil || c.clientConn() || c.measured() != analyze.HandlePerCall && (len(c.Frames) > 0 || len(c.Stack) == 0) {
		return nil, ""
	}
	pkg := c.library()
	if pkg == "" || c.measured() != analyze.HandlePerCall && c.reads(pkg) {
		return nil, ""
	}
	h := &handles{c: c}
	all := c.attribute(h, c.ownHandles(pkg))
	if len(all) == 0 {
		all = c.attribute(h, c.foreignHandles(pkg))
	}
	if len(all) == 0 {
		return nil, fmt.Sprintf("nothing in the source makes a handle of %s and leaves it", pkg)
	}
	line := func(cand *candidate) token.Pos { return cand.x.Pos() }
	d := c.attributed(all, line, func(cand *candidate) string {
		return fmt.Sprintf("%s is made here for each call of %s", cand.what, cand.levels[0].in.Name)
	})
	if c.application(pkg) {
		d.Sure = false // it may as well be told as a contract of the application's own type
	}
	if first := standsClear(all, line); first != nil {
		d.Fix = c.closeFix(h, first)
	}
	return d, ""
}

// application says whether a package is the command's own: it lies below that.
func (c *Case) application(pkg string) bool {
	return slices.ContainsFunc(c.Program.Packages, func(p *code.Package) bool {
		return p.Name == "main" && strings.HasPrefix(pkg, p.Path+"/")
	})
}

// library is the package whose goroutines they are: the entry's, the outermost frame's.
func (c *Case) library() string {
	name := c.Finding.Site.Entry
	if name == "" && len(c.Stack) > 0 {
		name = c.Stack[len(c.Stack)-1]
	}
	return goroutine.PackageOf(name)
}

// ownHandles are the calls, from other packages, of a package's functions that give something to close.
func (c *Case) ownHandles(pkg string) []*maker {
	var out []*maker
	for _, call := range c.Program.Calls() {
		if call.Kind == code.Launch || call.In == nil || call.Pkg.Path == pkg || !ofPackage(call.Name, pkg) {
			continue
		}
		if i := handleResult(call.Pkg, call.Expr); i >= 0 && c.mayStart(call) {
			out = append(out, newHandle(call, i))
		}
	}
	return out
}

func newHandle(call *code.Call, result int) *maker {
	name := profileName(call.Name)
	return &maker{made: made{in: call.In, x: call.Expr, result: result, paths: [][]string{nil}}, what: "the handle of " + name, constructor: call.Name}
}

// mayStart: of a library that was read, only what starts the goroutine counts.
func (c *Case) mayStart(call *code.Call) bool {
	if c.Parent == nil || len(call.Callees) == 0 {
		return true
	}
	return slices.ContainsFunc(call.Callees, func(f *code.Func) bool {
		return f.Declared() == c.Parent.Declared() || c.leadsTo(f, c.Parent.Declared(), deepest) != nil
	})
}

// foreignHandles are the handles of other libraries, one of which may have the goroutines' one in it.
func (c *Case) foreignHandles(pkg string) []*maker {
	var out []*maker
	for _, call := range c.Program.Calls() {
		if call.Kind == code.Launch || call.In == nil || len(call.Callees) > 0 || call.Name == "" || fromStd(call.Name) && !constructors[profileName(call.Name)] {
			continue
		}
		i := handleResult(call.Pkg, call.Expr)
		if i < 0 || pkg != "" && ofPackage(call.Name, pkg) {
			continue
		}
		if fn := code.Callee(call.Pkg, call.Expr); fn == nil || !ast.IsExported(fn.Name()) || c.reads(goroutine.PackageOf(profileName(call.Name))) {
			continue
		}
		m := newHandle(call, i)
		m.doubt, m.doubtful = 0.2, "whether the goroutines are this library's is in code that was not read"
		if constructors[profileName(call.Name)] {
			m.doubt = 0.1
		}
		out = append(out, m)
	}
	return out
}
