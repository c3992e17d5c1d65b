// Command http-body-not-closed-badstatus reconciles organisations with a cloud's control plane: it reads each one and adds what is missing.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/http-body-not-closed-badstatus/api"
)

func main() {
	service.Main(service.Program{Run: run, Backend: service.HTTP(http.HandlerFunc(controlPlane)), Remote: []string{""}})
}

// reconciler keeps what it last knew of each organisation.
type reconciler struct {
	cloud *api.Client
	tasks sync.WaitGroup

	mu    sync.Mutex
	known map[string]api.Org
	retry map[string]time.Time
}

func run(ctx context.Context, s *service.Service) error {
	rc := &reconciler{
		cloud: api.New("http://"+s.Backend, &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}),
		known: map[string]api.Org{},
		retry: map[string]time.Time{},
	}
	defer rc.tasks.Wait()
	return s.Load(ctx, func(r service.Request) { rc.enqueue(ctx, r) })
}

// enqueue starts the reconciliation of one organisation.
func (rc *reconciler) enqueue(ctx context.Context, r service.Request) {
	name := fmt.Sprintf("org-%d", r.ID)
	region := "eu"
	if r.Leaks {
		region = "ap"
	}
	rc.tasks.Go(func() {
		time.Sleep(r.Work / 2)
		rc.reconcile(ctx, name, region)
	})
}

func (rc *reconciler) reconcile(ctx context.Context, name, region string) {
	org, err := rc.cloud.Org(ctx, name, region)
	switch {
	case errors.Is(err, api.ErrNotFound):
		err = rc.cloud.Create(ctx, api.Org{Name: name, Region: region})
	case err == nil:
		rc.mu.Lock()
		rc.known[name] = org
		rc.mu.Unlock()
	}
	if err == nil {
		return
	}
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.retry[name] = time.Now().Add(time.Minute)
}

// controlPlane is the other end: one region is behind a gateway that is out of order.
func controlPlane(w http.ResponseWriter, r *http.Request) {
	region := r.URL.Query().Get("region")
	switch {
	case region == "ap":
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprintf(w, "<html><body>%s</body></html>", strings.Repeat("<p>The upstream did not answer.</p>", 2000))
	case r.Method == http.MethodPost:
		w.WriteHeader(http.StatusCreated)
	case strings.HasSuffix(r.URL.Path, "7"):
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"message":"no such organisation"}`)
	default:
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"name":%q,"region":%q,"quota":12}`, strings.TrimPrefix(r.URL.Path, "/orgs/"), region)
	}
}
