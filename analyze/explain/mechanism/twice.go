package mechanism

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/logcap/logcap/analyze/explain/code"
)

// closedTwice are types whose Close may be called again, as their documentation
// says or their source: the second call does nothing, or returns an error.
var closedTwice = map[string]bool{
	"net/http.Response": true, "net/http.Client": true, "net/http.Transport": true, "database/sql.DB": true, "database/sql.Rows": true,
	"database/sql.Stmt": true, "os.File": true, "net.Conn": true, "net.TCPConn": true, "net.UDPConn": true, "net.UnixConn": true, "net.Listener": true,
	"crypto/tls.Conn": true, "google.golang.org/grpc.ClientConn": true, "github.com/fsnotify/fsnotify.Watcher": true, "time.Ticker": true, "time.Timer": true,
	"github.com/redis/go-redis/v9.Client": true, "github.com/nats-io/nats.go.Conn": true, "go.etcd.io/etcd/client/v3.Client": true, "io.PipeReader": true, "io.PipeWriter": true,
	"github.com/rabbitmq/amqp091-go.Connection": true, "github.com/jackc/pgx/v5/pgxpool.Pool": true, "net/http.Server": true,
}

// twice says whether what the level holds may be given back twice.
func (c *Case) twice(l *level) bool {
	t := l.held.Type()
	if closedTwice[code.TypeName(t)] {
		return true
	}
	method := closeMethod(t).method
	obj, _, _ := types.LookupFieldOrMethod(t, true, l.in.Pkg.Types, method)
	fn, ok := obj.(*types.Func)
	if !ok {
		return false
	}
	if f := c.Program.FuncOf(fn); f != nil {
		return c.harmless(f, map[*code.Func]bool{})
	}
	if !types.IsInterface(t) {
		return false
	}
	// Of an interface all that it may be.
	found := false
	for _, call := range c.Program.Calls() {
		if called := code.Callee(call.Pkg, call.Expr); called == nil || called.Origin() != fn.Origin() || len(call.Callees) == 0 {
			continue
		}
		for _, f := range call.Callees {
			if !c.harmless(f, map[*code.Func]bool{}) {
				return false
			}
			found = true
		}
	}
	return found
}

// harmless says whether a function that closes something may run again: it
// closes channels only under a sync.Once, and all else that it closes may be closed twice.
func (c *Case) harmless(f *code.Func, seen map[*code.Func]bool) bool {
	if seen[f] {
		return true
	}
	seen[f] = true
	if len(c.Program.OpsIn(f, code.Close, code.Send, code.Done)) > 0 {
		return false
	}
	for _, call := range c.Program.CallsIn(f) {
		if call.Kind == code.Launch || call.Name == "(*sync.Once).Do" {
			continue
		}
		for _, callee := range call.Callees {
			if !c.harmless(callee, seen) {
				return false
			}
		}
		sel, ok := ast.Unparen(call.Expr.Fun).(*ast.SelectorExpr)
		if len(call.Callees) == 0 && ok && slices.Contains(closers, sel.Sel.Name) && !closedTwice[code.TypeName(call.Pkg.Info.TypeOf(sel.X))] {
			return false
		}
	}
	return true
}
