// Package pool hands out clients of one backend.
package pool

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Pool is a set of clients that take turns.
type Pool struct {
	addr    string
	clients []*http.Client
	next    int
}

// New makes a pool of n clients, each with a Transport of its own. Who makes one has to close it.
func New(addr string, n int) *Pool {
	p := &Pool{addr: addr}
	for range n {
		p.clients = append(p.clients, &http.Client{Transport: &http.Transport{}, Timeout: 5 * time.Second})
	}
	return p
}

// Ping asks the backend through the next client.
func (p *Pool) Ping(ctx context.Context) error {
	c := p.clients[p.next%len(p.clients)]
	p.next++
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr+"/_ping", nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("ping %s: %s", p.addr, resp.Status)
	}
	return nil
}

// Close closes the idle connections of all clients.
func (p *Pool) Close() {
	for _, c := range p.clients {
		c.CloseIdleConnections()
	}
}
