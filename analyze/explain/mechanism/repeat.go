package mechanism

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"

	"github.com/logcap/logcap/analyze/explain/code"
)

// repetition is why a step is executed again and again, as far as the source says.
type repetition struct {
	// weight is how well it explains growth without an end: 1 a loop without a
	// condition or a handler, less for what may well be one round; 0 when it is executed once.
	weight float64
	at     Place
	// callers are all functions from which the step is reached, its own first, and how.
	callers []*code.Func
	// periods are the durations, in seconds, for which the loops on the way wait.
	periods []period
}

// period is a duration that a loop waits for.
type period struct {
	seconds float64
	at      token.Pos
}

// mostReached bounds how many callers are looked at.
const mostReached = 300

// reachedAgain goes up from a step through its callers to loops, handlers, go statements and main.
func (c *Case) reachedAgain(f *code.Func, step ast.Node) *repetition {
	r := &repetition{}
	type spot struct {
		f    *code.Func
		step ast.Node
	}
	queue := []spot{{f, step}}
	seen := map[*code.Func]bool{f: true}
	for len(queue) > 0 && len(r.callers) < mostReached {
		s := queue[0]
		queue = queue[1:]
		r.callers = append(r.callers, s.f)
		if loop := c.loopOf(s.f, s.step); loop != nil {
			c.inLoops(r, s.f, loop)
			r.periods = append(r.periods, c.periods(s.f)...)
		}
		if what := handler(s.f); what != "" {
			r.better(1, s.f.Node().Pos(), fmt.Sprintf("%s is %s: it runs for each request", s.f.Name, what))
		}
		if c.onceOnly(s.f) {
			continue
		}
		callers := c.Program.CallersOf(s.f)
		if len(callers) == 0 && !startsProgram(s.f) {
			r.better(0.5, s.f.Node().Pos(), fmt.Sprintf("%s is called by code that was not read", s.f.Name))
		}
		for _, call := range callers {
			if call.In == nil {
				continue
			}
			at := c.stepAround(call.In, call.Expr)
			if call.Kind == code.Go || call.Kind == code.Launch {
				r.better(0.6, call.Expr.Pos(), fmt.Sprintf("%s runs in a goroutine that is started here", s.f.Name))
			}
			if !seen[call.In] {
				seen[call.In] = true
				queue = append(queue, spot{call.In, at})
			} else if loop := c.loopOf(call.In, at); loop != nil {
				c.inLoops(r, call.In, loop)
			}
		}
	}
	return r
}

// inLoops takes the best of a loop and those around it.
func (c *Case) inLoops(r *repetition, f *code.Func, loop ast.Node) {
	for ; loop != nil; loop = c.loopOf(f, c.Program.Parent(loop)) {
		r.better(loopWeight(loop), loop.Pos(), fmt.Sprintf("%s comes here again and again, in this loop", f.Name))
	}
}

// onceOnly says whether a literal is handed to what runs it once.
func (c *Case) onceOnly(f *code.Func) bool {
	if f.Lit == nil {
		return false
	}
	call, ok := c.Program.Parent(f.Lit).(*ast.CallExpr)
	if !ok {
		return false
	}
	switch code.FullName(f.Pkg, call) {
	case "(*sync.Once).Do", "sync.OnceFunc", "sync.OnceValue", "sync.OnceValues":
		return true
	}
	return false
}

func (r *repetition) better(weight float64, pos token.Pos, text string) {
	if weight > r.weight {
		r.weight, r.at = weight, Place{pos, text}
	}
}

// loopOf is the innermost loop of f around a step.
func (c *Case) loopOf(f *code.Func, step ast.Node) ast.Node {
	if step == nil {
		return nil
	}
	for n := step; n != nil && n != f.Node(); n = c.Program.Parent(n) {
		switch l := n.(type) {
		case *ast.ForStmt:
			if l.Init == nil || !holds(l.Init, step) {
				return l
			}
		case *ast.RangeStmt:
			if !holds(l.X, step) {
				return l
			}
		}
	}
	return nil
}

// loopWeight: a loop over a number or a slice ends by itself.
func loopWeight(loop ast.Node) float64 {
	switch l := loop.(type) {
	case *ast.ForStmt:
		if l.Cond == nil || l.Init == nil && l.Post == nil {
			return 1
		}
	case *ast.RangeStmt:
		if u, ok := l.X.(*ast.SelectorExpr); ok && u.Sel.Name == "C" { // range ticker.C
			return 1
		}
	}
	return 0.7
}

// handlers are types of parameters that tell a function which a server calls for each request.
var handlers = map[string]string{
	"net/http.ResponseWriter": "an HTTP handler", "github.com/gin-gonic/gin.Context": "an HTTP handler", "github.com/labstack/echo/v4.Context": "an HTTP handler",
	"github.com/gofiber/fiber/v2.Ctx": "an HTTP handler", "google.golang.org/grpc.ServerStream": "a gRPC handler",
	"github.com/aws/aws-lambda-go/events.APIGatewayProxyRequest": "a Lambda handler",
}

func handler(f *code.Func) string {
	for _, p := range f.Params() {
		if p != nil {
			if what := handlers[code.TypeName(p.Type())]; what != "" {
				return what
			}
		}
	}
	return ""
}

// startsProgram: main, init, and the initialisation of variables.
func startsProgram(f *code.Func) bool {
	return f.Decl != nil && f.Decl.Recv == nil && (f.Decl.Name.Name == "main" && f.Pkg.Name == "main" || f.Decl.Name.Name == "init")
}

// waits are functions that wait for, or tick at, a duration, by the argument's place.
var waits = map[string]int{
	"time.NewTicker": 0, "time.Tick": 0, "time.After": 0, "time.Sleep": 0, "time.NewTimer": 0, "time.AfterFunc": 0,
	"(*time.Timer).Reset": 0, "(*time.Ticker).Reset": 0,
	"k8s.io/apimachinery/pkg/util/wait.Until": 1, "k8s.io/apimachinery/pkg/util/wait.UntilWithContext": 2,
}

// periods are the durations for which a function and the literals in it wait.
func (c *Case) periods(f *code.Func) []period {
	var out []period
	for _, call := range c.Program.CallsIn(f) {
		i, ok := waits[call.Name]
		if !ok || i >= len(call.Expr.Args) {
			continue
		}
		for _, s := range c.seconds(call.Pkg, call.Expr.Args[i]) {
			out = append(out, period{s, call.Expr.Pos()})
		}
	}
	return out
}

// seconds are the constants that a duration may be.
func (c *Case) seconds(pkg *code.Package, x ast.Expr) []float64 {
	var out []float64
	for _, s := range c.Program.Sources(pkg, x) {
		if call, ok := s.X.(*ast.CallExpr); ok && len(call.Args) > 1 {
			switch code.FullName(s.Pkg, call) {
			case "flag.Duration", "(*flag.FlagSet).Duration", "github.com/spf13/pflag.Duration", "(*github.com/spf13/pflag.FlagSet).Duration":
				s.X = call.Args[1] // the default
			}
		}
		tv := s.Pkg.Info.Types[s.X]
		if tv.Value == nil || tv.Type == nil {
			continue
		}
		if b, ok := tv.Type.Underlying().(*types.Basic); ok && b.Info()&types.IsInteger != 0 {
			if n, exact := constant.Int64Val(constant.ToInt(tv.Value)); exact && n > 0 {
				out = append(out, float64(n)/1e9)
			}
		}
	}
	return out
}
