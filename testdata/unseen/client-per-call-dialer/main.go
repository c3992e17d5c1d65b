// Command client-per-call-dialer lists the pods of many clusters. Some of them are reached directly, the others through a tunnel.
package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/client-per-call-dialer/clientset"
)

func main() {
	service.Main(service.Program{Run: run, Backend: service.HTTP(http.HandlerFunc(pods)), Remote: []string{""}})
}

// pods is a cluster's API.
func pods(w http.ResponseWriter, r *http.Request) {
	time.Sleep(service.FromHTTP(r).Work / 4)
	io.WriteString(w, `{"kind":"PodList","items":[]}`+"\n")
}

type lister struct {
	host    string
	clients *clientset.Factory
	calls   sync.WaitGroup
	listed  atomic.Int64
	failed  atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	l := &lister{host: s.Backend, clients: clientset.NewFactory()}
	defer l.calls.Wait()
	return s.Load(ctx, func(r service.Request) {
		l.calls.Go(func() { l.list(ctx, r) })
	})
}

// list asks the cluster the request is for.
func (l *lister) list(ctx context.Context, r service.Request) {
	opts := clientset.Options{Host: l.host, Agent: "lister/2.1"}
	if r.Leaks {
		opts.Dial = tunnel
	}
	if _, err := l.clients.For(opts).Pods(ctx, "default", r.ID, r.Work); err != nil {
		l.failed.Add(1)
		return
	}
	l.listed.Add(1)
}

// tunnel connects to clusters that have no address of their own.
func tunnel(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}
	return d.DialContext(ctx, network, address)
}
