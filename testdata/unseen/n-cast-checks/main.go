// Command n-cast-checks is a service with an endpoint for its health, which a load balancer asks.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/n-cast-checks/health"
)

func main() { service.Main(service.Program{Run: run}) }

// part is something the service depends on.
type part struct {
	name string
	slow time.Duration
	zone bool // is in the zone that fails now and then
}

type zoneKey struct{}

var errZone = errors.New("zone does not answer")

func (p *part) Name() string { return p.name }

func (p *part) Check(ctx context.Context) error {
	time.Sleep(p.slow)
	if down, _ := ctx.Value(zoneKey{}).(bool); down && p.zone {
		return errZone
	}
	return nil
}

func run(ctx context.Context, s *service.Service) error {
	m := &health.Manager{}
	for i, name := range []string{"database", "cache", "queue", "mail", "search"} {
		m.Register(&part{name: name, slow: time.Duration(5+i) * time.Millisecond, zone: i%2 == 0})
	}
	return s.LoadHTTP(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req := service.FromHTTP(r)
		time.Sleep(req.Work / 20)
		if err := m.CheckHealth(context.WithValue(r.Context(), zoneKey{}, req.Leaks)); err != nil {
			http.Error(w, fmt.Sprintf("unhealthy: %v", err), http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, "ok\n")
	}))
}
