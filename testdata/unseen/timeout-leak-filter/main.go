// Command timeout-leak-filter is an API whose requests have a time budget.
package main

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/timeout-leak-filter/filters"
)

func main() { service.Main(service.Program{Run: run}) }

const budget = 800 * time.Millisecond

// api answers from a store that is slow for some.
type api struct {
	expired atomic.Int64
	served  atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	a := &api{}
	return s.LoadHTTP(ctx, filters.WithTimeout(a, a.budget))
}

// budget gives watches all the time they want.
func (a *api) budget(r *http.Request) (<-chan time.Time, func()) {
	if r.URL.Query().Has("watch") {
		return nil, nil
	}
	return time.After(budget), func() { a.expired.Add(1) }
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	req := service.FromHTTP(r)
	pause := req.Work / 10
	if req.Leaks {
		pause += budget + 200*time.Millisecond
	}
	time.Sleep(pause)
	if _, err := io.WriteString(w, "{}\n"); err == nil {
		a.served.Add(1)
	}
}
