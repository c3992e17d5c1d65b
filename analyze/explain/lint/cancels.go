package lint

import (
	"fmt"
	"go/ast"
	"strings"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// cancels looks for contexts whose cancel function is called in no place.
func (l *linter) cancels() {
	for c := range l.program.Cursors((*ast.CallExpr)(nil)) {
		call := c.Node().(*ast.CallExpr)
		switch code.FullName(l.pkg, call) {
		case "context.WithCancel", "context.WithCancelCause", "os/signal.NotifyContext":
		default: // those with a time limit end by themselves
			continue
		}
		f := l.program.FuncAt(c)
		if l.once(f) || l.rootless(c, call) {
			continue
		}
		cancel := l.program.FollowResult(c, 1)
		if len(cancel.Left) > 0 || len(cancel.Of(code.UsedCall, code.UsedLaunch, code.UsedMethod)) > 0 {
			continue
		}
		l.add(diagnostic{pos: call.Pos(), mechanism: analyze.LostCancel,
			text: "nobody calls the cancel function of this context: what waits for it, and its place in the parent, stay until the parent ends"})
	}
}

// rootless: the parent is none that would keep the context, and nobody waits for the context either.
func (l *linter) rootless(c inspector.Cursor, call *ast.CallExpr) bool {
	parent, ok := ast.Unparen(call.Args[0]).(*ast.CallExpr)
	if !ok {
		return false
	}
	if name := code.FullName(l.pkg, parent); name != "context.Background" && name != "context.TODO" {
		return false
	}
	ctx := l.program.FollowResult(c, 0)
	return len(ctx.Left) == 0 && len(ctx.Of(code.UsedMethod)) == 0
}

// enders are methods that end what a handle runs, whatever else they are told to do.
var enders = []string{"Close", "Stop", "Shutdown", "CloseIdleConnections", "Cancel", "Release", "Disconnect", "Quit", "Kill", "End", "Terminate", "Drain", "Abort"}

// quoted is a list of methods in words.
func quoted(names []string) string {
	switch len(names) {
	case 0:
		return "nothing"
	case 1:
		return names[0]
	}
	return fmt.Sprintf("%s or %s", strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}
