// Command client-per-call-observer is an operator of search clusters: it brings each cluster to its wanted state, and observes those that ask.
package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/client-per-call-observer/esclient"
	"logcap.test/programs/unseen/client-per-call-observer/observer"
)

func main() {
	service.Main(service.Program{Run: run, Backend: service.HTTP(http.HandlerFunc(cluster)), Remote: []string{""}})
}

func cluster(w http.ResponseWriter, r *http.Request) {
	time.Sleep(service.FromHTTP(r).Work / 4)
	io.WriteString(w, "green\n")
}

// spec is the wanted state of one cluster.
type spec struct {
	id       int
	observed bool
	work     time.Duration
}

type reconciler struct {
	addr      string
	observers *observer.Observers
	queue     chan spec
	workers   sync.WaitGroup
}

var errVersion = errors.New("cluster has no version")

func run(ctx context.Context, s *service.Service) error {
	rec := &reconciler{addr: s.Backend, observers: observer.New(esclient.New), queue: make(chan spec, 1000)}
	for range 24 {
		rec.workers.Go(func() { rec.work(ctx) })
	}
	defer rec.workers.Wait()
	return s.Load(ctx, func(r service.Request) {
		select {
		case rec.queue <- spec{id: r.ID, observed: r.Leaks, work: r.Work}:
		default:
		}
	})
}

func (rec *reconciler) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case sp := <-rec.queue:
			// A cluster that failed comes again with its next change.
			_ = rec.reconcile(ctx, sp)
		}
	}
}

func (rec *reconciler) reconcile(ctx context.Context, sp spec) error {
	client := esclient.New(rec.addr, "operator")
	defer client.Close()
	version, err := client.Version(ctx, sp.id)
	if err != nil {
		return err
	}
	if version == "" {
		return errVersion
	}
	if sp.observed {
		return rec.observers.Observe(ctx, rec.addr, sp.id, sp.work)
	}
	_, err = client.Health(ctx, sp.id, sp.work)
	return err
}
