package service

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// LoadHTTP serves handler on loopback and sends it every request of the plan through one shared client until ctx ends.
// The handler gets the Request back with FromHTTP.
func (s *Service) LoadHTTP(ctx context.Context, handler http.Handler) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for requests: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer server.Close()
	wg.Go(func() { server.Serve(ln) })

	transport := &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: 90 * time.Second}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	return s.Load(ctx, func(r Request) {
		url := fmt.Sprintf("http://%s/%d?leaks=%t&work=%s", ln.Addr(), r.ID, r.Leaks, r.Work)
		wg.Go(func() { get(ctx, client, url) })
	})
}

// get is a client that behaves: it reads and closes the body.
func get(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// FromHTTP returns the Request that LoadHTTP sent.
func FromHTTP(r *http.Request) Request {
	id, _ := strconv.Atoi(r.URL.Path[1:])
	work, _ := time.ParseDuration(r.URL.Query().Get("work"))
	return Request{ID: id, Leaks: r.URL.Query().Get("leaks") == "true", Work: work}
}
