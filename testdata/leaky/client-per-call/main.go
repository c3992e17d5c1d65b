// Command client-per-call checks the health of its backends. Every check makes a client with a Transport of its own and forgets it,
// with an idle connection and that connection's two goroutines in it.
//
// In the local variant the backend is in the same process, so that the server's side of the connections is seen as well.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

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

type checker struct {
	addr   string
	shared *http.Client
	checks sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	c := &checker{addr: s.Backend, shared: &http.Client{Transport: &http.Transport{IdleConnTimeout: 90 * time.Second}}}
	start := service.Pick(s.Style, c.startInline, c.startMethod, c.startGroup)
	return s.Load(ctx, start)
}

func (c *checker) startInline(r service.Request) {
	go func() { c.check(r) }()
}

func (c *checker) startMethod(r service.Request) {
	go c.check(r)
}

func (c *checker) startGroup(r service.Request) {
	c.checks.Go(func() { c.check(r) })
}

// newClient returns a client that does not wait long.
func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{}, Timeout: 5 * time.Second}
}

// check asks one backend. Backends with a pinned version go through the shared client.
func (c *checker) check(r service.Request) error {
	client := c.shared
	if r.Leaks {
		client = newClient() // cause
	}
	resp, err := client.Get(fmt.Sprintf("http://%s/%d?work=%s", c.addr, r.ID, r.Work))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}
