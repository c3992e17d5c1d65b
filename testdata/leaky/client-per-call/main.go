// Command client-per-call checks the health of its backends. Every check of a cold backend makes a pool with a Transport of its own and
// forgets it, with an idle connection and that connection's two goroutines in it.
//
// In the local variant the backend is in the same process, so that the server's side of the connections is seen as well.
package main

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"logcap.test/programs/leaky/client-per-call/monitor"
	"logcap.test/programs/service"
)

func main() {
	service.Main(service.Program{
		Run:      run,
		Variants: []string{"remote", "local"},
		Remote:   []string{"remote"},
		Backend:  service.HTTP(http.HandlerFunc(health)),
	})
}

func health(w http.ResponseWriter, r *http.Request) {
	time.Sleep(service.FromHTTP(r).Work / 10)
	io.WriteString(w, "ok\n")
}

// application loops over what is to be checked.
type application struct {
	monitor *monitor.Monitor
	checks  sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	a := &application{monitor: monitor.New(s.Backend)}
	defer a.monitor.Close()
	start := service.Pick(s.Style, a.startInline, a.startMethod, a.startGroup)
	return s.Load(ctx, func(r service.Request) {
		start(ctx, monitor.Target{ID: r.ID, Cold: r.Leaks, Budget: r.Work})
	})
}

func (a *application) startInline(ctx context.Context, t monitor.Target) {
	go func() {
		a.monitor.Check(ctx, t)
	}()
}

func (a *application) startMethod(ctx context.Context, t monitor.Target) {
	go a.monitor.Check(ctx, t)
}

func (a *application) startGroup(ctx context.Context, t monitor.Target) {
	a.checks.Go(func() { a.monitor.Check(ctx, t) })
}
