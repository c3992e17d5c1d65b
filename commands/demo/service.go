// Package demo is a small shop over HTTP that leaks goroutines as real ones
// do: a handler asks for the stock in a goroutine of its own and returns early
// when the order is invalid. logcap watches it so that the first report is one
// command away. It is no test double: it listens on loopback, is asked over
// HTTP, and serves net/http/pprof. Unlike a real leak it can be ended.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/pprof"
	"slices"
	"sync"
	"time"
)

// Config says how the shop is visited. Zero values take the defaults in brackets.
type Config struct {
	// Every is the time between two orders [50 ms].
	Every time.Duration
	// BadOneIn says that one order in so many is invalid, and leaks [10].
	BadOneIn int
}

// Service is a running shop and its customers.
type Service struct {
	listener net.Listener
	server   *http.Server
	stop     context.CancelFunc
	running  sync.WaitGroup // server, customers, and every question for stock

	mu    sync.Mutex
	asked map[chan int]bool // kept only so that Close can end what leaked
}

// Start listens on a free port of the loopback interface and lets customers in.
func Start(cfg Config) (*Service, error) {
	if cfg.Every <= 0 {
		cfg.Every = 50 * time.Millisecond
	}
	if cfg.BadOneIn <= 0 {
		cfg.BadOneIn = 10
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the demo service: %w", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Service{listener: l, stop: stop, asked: map[chan int]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("/order", s.order)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	s.running.Go(func() { _ = s.server.Serve(l) }) // ends with ErrServerClosed, by Close
	s.running.Go(func() { s.customers(ctx, cfg) })
	return s, nil
}

// Addr is the host:port the shop listens on.
func (s *Service) Addr() string { return s.listener.Addr().String() }

// Close sends the customers home, ends the server and everything that leaked,
// and returns when no goroutine of the shop is left.
func (s *Service) Close() error {
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := s.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.server.Close() // a scrape still under way is cut off
	}
	s.mu.Lock()
	asked := slices.Collect(maps.Keys(s.asked))
	s.mu.Unlock()
	for _, stock := range asked {
		<-stock // receives, or finds it closed by a sender that just ended
	}
	s.running.Wait()
	if err != nil {
		return fmt.Errorf("stop the demo service: %w", err)
	}
	return nil
}

// customers place an order at every tick, one in cfg.BadOneIn without an item.
func (s *Service) customers(ctx context.Context, cfg Config) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	tick := time.NewTicker(cfg.Every)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		url := "http://" + s.Addr() + "/order?item=chair"
		if n%cfg.BadOneIn == 0 {
			url = "http://" + s.Addr() + "/order"
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return
		}
		if resp, err := client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	}
}
