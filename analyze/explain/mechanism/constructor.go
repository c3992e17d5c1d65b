package mechanism

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/goroutine"
)

// closers are the names of methods that give a handle back.
var closers = []string{
	"Close", "CloseIdleConnections", "CloseNow", "Stop", "Shutdown", "GracefulStop", "Disconnect", "Quit", "Release",
	"Drain", "Cancel", "Destroy", "Dispose", "Terminate", "Kill", "Free", "Unsubscribe",
}

// endings are the calls that give back what a constructor makes, where it is
// not plainly x.Close(): the method, its arguments, and what those need.
var endings = map[string]ending{
	"net/http.Client":                                   {method: "CloseIdleConnections"},
	"net/http.Transport":                                {method: "CloseIdleConnections"},
	"golang.org/x/net/http2.Transport":                  {method: "CloseIdleConnections"},
	"go.mongodb.org/mongo-driver/mongo.Client":          {"Disconnect", "context.Background()", "context"},
	"go.mongodb.org/mongo-driver/v2/mongo.Client":       {"Disconnect", "context.Background()", "context"},
	"google.golang.org/grpc.Server":                     {method: "GracefulStop"},
	"go.opentelemetry.io/otel/sdk/trace.TracerProvider": {"Shutdown", "context.Background()", "context"},
	"go.opentelemetry.io/otel/sdk/metric.MeterProvider": {"Shutdown", "context.Background()", "context"},
	"net/http.Server":                                   {method: "Close"},
	"time.Ticker":                                       {method: "Stop"},
	"time.Timer":                                        {method: "Stop"},
	"os/exec.Cmd":                                       {},
}

// ending is how a handle is given back; without a method it cannot be.
type ending struct {
	method, args, imports string
}

// constructors are functions of which it is known that what they return runs
// goroutines, or keeps connections, until it is closed.
var constructors = map[string]bool{
	"database/sql.Open": true, "database/sql.OpenDB": true, "net/rpc.Dial": true, "net/rpc.NewClient": true,
	"google.golang.org/grpc.NewClient": true, "google.golang.org/grpc.Dial": true, "google.golang.org/grpc.DialContext": true,
	"github.com/rabbitmq/amqp091-go.Dial": true, "github.com/rabbitmq/amqp091-go.DialConfig": true, "github.com/streadway/amqp.Dial": true,
	"github.com/redis/go-redis/v9.NewClient": true, "github.com/go-redis/redis/v8.NewClient": true, "github.com/go-redis/redis.NewClient": true,
	"github.com/redis/go-redis/v9.NewClusterClient": true, "github.com/gomodule/redigo/redis.Dial": true,
	"github.com/IBM/sarama.NewClient": true, "github.com/IBM/sarama.NewConsumer": true, "github.com/IBM/sarama.NewAsyncProducer": true,
	"github.com/IBM/sarama.NewSyncProducer": true, "github.com/IBM/sarama.NewConsumerGroup": true, "github.com/Shopify/sarama.NewClient": true,
	"github.com/segmentio/kafka-go.NewReader": true, "github.com/segmentio/kafka-go.NewWriter": true,
	"github.com/confluentinc/confluent-kafka-go/v2/kafka.NewProducer": true, "github.com/confluentinc/confluent-kafka-go/v2/kafka.NewConsumer": true,
	"github.com/nats-io/nats.go.Connect":        true,
	"go.mongodb.org/mongo-driver/mongo.Connect": true, "go.mongodb.org/mongo-driver/v2/mongo.Connect": true,
	"go.etcd.io/etcd/client/v3.New": true, "go.etcd.io/etcd/clientv3.New": true,
	"github.com/fsnotify/fsnotify.NewWatcher": true, "github.com/jackc/pgx/v5.Connect": true, "github.com/jackc/pgx/v5/pgxpool.New": true,
	"github.com/jackc/pgx/v5/pgxpool.NewWithConfig": true, "github.com/lib/pq.NewListener": true, "github.com/gocql/gocql.(*ClusterConfig).CreateSession": true,
	"github.com/gorilla/websocket.(*Dialer).Dial": true, "github.com/hashicorp/golang-lru/v2/expirable.NewLRU": true,
	"github.com/docker/docker/client.NewClientWithOpts": true, "github.com/elastic/go-elasticsearch/v8.NewClient": true,
}

// closeMethod is the method of a type that gives it back; "" when it has none that is known.
func closeMethod(t types.Type) ending {
	if e, ok := endings[code.TypeName(t)]; ok {
		return e
	}
	for _, name := range closers {
		obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
		fn, ok := obj.(*types.Func)
		if !ok {
			continue
		}
		if sig := fn.Type().(*types.Signature); sig.Params().Len() == 0 {
			return ending{method: name}
		} else if sig.Params().Len() == 1 && code.TypeName(sig.Params().At(0).Type()) == "context.Context" {
			return ending{name, "context.Background()", "context"}
		}
	}
	return ending{}
}

// handleResult is the first result of a call that has to be given back; -1 when there is none.
func handleResult(pkg *code.Package, call *ast.CallExpr) int {
	for i, t := range results(pkg, call) {
		if closeMethod(t).method != "" {
			return i
		}
	}
	return -1
}

// results are the types of a call's results.
func results(pkg *code.Package, call *ast.CallExpr) []types.Type {
	t := pkg.Info.TypeOf(call)
	if tuple, ok := t.(*types.Tuple); ok {
		out := make([]types.Type, 0, tuple.Len())
		for v := range tuple.Variables() {
			out = append(out, v.Type())
		}
		return out
	}
	if t == nil {
		return nil
	}
	return []types.Type{t}
}

// profileName is a function's full name as go/types writes it in the form that a profile has: "(*p/q.T).M" is "p/q.(*T).M".
func profileName(full string) string {
	rest, method := strings.CutPrefix(full, "(")
	if !method {
		return full
	}
	recv, name, _ := strings.Cut(rest, ").")
	star := strings.HasPrefix(recv, "*")
	recv = strings.TrimPrefix(recv, "*")
	if i := strings.IndexByte(recv, '['); i >= 0 {
		recv = recv[:i]
	}
	dot := strings.LastIndexByte(recv, '.')
	if dot < 0 {
		return full
	}
	if star {
		return recv[:dot] + ".(*" + recv[dot+1:] + ")." + name
	}
	return recv + "." + name
}

// ofPackage says whether a called function, by its full name, is of a package.
func ofPackage(full, pkg string) bool {
	return pkg != "" && goroutine.PackageOf(profileName(full)) == pkg
}

// fromStd says whether a called function is the standard library's.
func fromStd(full string) bool {
	root, _, _ := strings.Cut(goroutine.PackageOf(profileName(full)), "/")
	return root != "" && !strings.Contains(root, ".") && slices.Contains(stdRoots, root)
}

// stdRoots are the first elements of the paths of the standard library's packages.
var stdRoots = []string{
	"bufio", "bytes", "cmp", "compress", "context", "crypto", "database", "encoding", "errors", "fmt", "io", "log", "maps", "mime",
	"net", "os", "reflect", "slices", "sort", "strings", "sync", "text", "time", "html", "image", "archive", "debug", "go", "expvar", "flag",
	"hash", "index", "iter", "math", "path", "plugin", "regexp", "runtime", "strconv", "syscall", "testing", "unicode", "internal", "container",
}
