// Package admin is the collector's HTTP endpoint. It shows what the collector says of
// itself: /health, /ready, /positions, /config, /metrics and /debug/pprof. POST /reload
// changes something and /tap shows what is in logs: who asks for them has to be allowed to.
package admin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/selfwatch"
	"github.com/logcap/logcap/capture/tap"
)

// Server is the endpoint. It listens from New on, and answers in Run.
type Server struct {
	opt      Options
	listener net.Listener
	server   *http.Server
	requests sync.WaitGroup
	ending   context.Context // done when Run is about to end
	end      context.CancelFunc
}

// Options are what is shown. The first four have to be set.
type Options struct {
	Version   string
	Stats     func() capture.Stats
	Positions func() capture.Positions
	Self      func() selfwatch.State

	Config func() string                                // the configuration in force, without its secrets; nil: there is none
	Reload func(context.Context) (said string, _ error) // reads it again; nil: there is none

	Tap *tap.Hub // where records pass; nil: none are shown

	TokenFile string // holds the token that whoever changes something or looks at records has to send; "": nobody may over TCP
}

// New listens on address: host:port, :port (loopback only), or unix:/path.sock,
// which replaces a socket that nobody listens on any more and that only its own user can open.
func New(address string, opt Options) (*Server, error) {
	l, err := listen(address)
	if err != nil {
		return nil, err
	}
	s := &Server{opt: opt, listener: l}
	s.ending, s.end = context.WithCancel(context.Background())
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&metrics{opt},
	)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.HandleFunc("GET /health", s.health)
	mux.HandleFunc("GET /ready", s.ready)
	mux.HandleFunc("GET /positions", s.positions)
	mux.HandleFunc("GET /config", s.config)
	mux.Handle("POST /reload", s.guarded(s.reload))
	mux.Handle("GET /tap", s.guarded(s.tap))
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	s.server = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.requests.Add(1)
			defer s.requests.Done()
			bounded(w, r)
			mux.ServeHTTP(w, r)
		}),
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       30 * time.Second,
	}
	return s, nil
}

// Address is where the endpoint listens: with the port that the system chose, or unix:PATH.
func (s *Server) Address() string {
	if s.listener.Addr().Network() == "unix" {
		return "unix:" + s.listener.Addr().String()
	}
	return s.listener.Addr().String()
}

// Close ends a Server that Run is not called for.
func (s *Server) Close() error {
	s.end()
	return s.listener.Close()
}

// Run answers until ctx is done. Requests that are being answered then have a
// second, and taps half of it; when it returns none is left. It accepts connections in its caller's goroutine.
func (s *Server) Run(ctx context.Context) error {
	ended := make(chan struct{})
	running := context.AfterFunc(ctx, func() {
		defer close(ended)
		s.end()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if s.server.Shutdown(last) != nil {
			_ = s.server.Close()
		}
	})
	err := s.server.Serve(s.listener)
	s.end()
	if !running() {
		<-ended
	}
	s.requests.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve %s: %w", s.Address(), err)
}

func index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, "logcap capture\n\n/health        is it well, and what is not\n/ready         has it found what there is\n/positions     up to where everything is delivered\n/config        the configuration in force\n/reload        POST: read it again\n/tap           records as they pass; source=, name=, grep=\n/metrics       for Prometheus\n/debug/pprof/  for logcap leak-watch and go tool pprof\n")
}
