// Package pool spreads requests to one backend over several clients.
package pool

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
)

// Pool is a set of clients that take turns.
type Pool struct {
	addr    string
	clients []*http.Client
	turn    atomic.Uint64
}

// New makes a pool of n clients for the backend at addr.
func New(addr string, n int) *Pool {
	p := &Pool{addr: addr}
	for range n {
		p.clients = append(p.clients, newClient())
	}
	return p
}

// Ping asks for a path and reads the answer to its end.
func (p *Pool) Ping(ctx context.Context, path string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr+path, nil)
	if err != nil {
		return err
	}
	resp, err := p.next().Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("ping %s: %s", path, resp.Status)
	}
	return nil
}

func (p *Pool) next() *http.Client {
	return p.clients[p.turn.Add(1)%uint64(len(p.clients))]
}

// Close closes the connections that wait for a next request.
func (p *Pool) Close() {
	for _, c := range p.clients {
		c.CloseIdleConnections()
	}
}
