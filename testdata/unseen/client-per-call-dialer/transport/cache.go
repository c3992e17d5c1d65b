// Package transport hands out round trippers, one for each distinct configuration.
package transport

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// Config says how a cluster is reached. Equal configurations share their connections.
type Config struct {
	Agent   string
	Timeout time.Duration
	Dial    *Dialer
}

// Dialer holds a dial function, for functions themselves cannot be compared.
type Dialer struct {
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Cache keeps the round trippers it has made.
type Cache struct {
	mu    sync.Mutex
	known map[Config]http.RoundTripper
}

// NewCache returns an empty cache.
func NewCache() *Cache { return &Cache{known: map[Config]http.RoundTripper{}} }

// Get returns the round tripper for cfg.
func (c *Cache) Get(cfg Config) http.RoundTripper {
	c.mu.Lock()
	defer c.mu.Unlock()
	if rt, ok := c.known[cfg]; ok {
		return rt
	}
	base := &http.Transport{ // cause
		MaxIdleConnsPerHost:   25,
		ResponseHeaderTimeout: cfg.Timeout,
	}
	if cfg.Dial != nil {
		base.DialContext = cfg.Dial.Dial
	}
	rt := signed{agent: cfg.Agent, next: base}
	c.known[cfg] = rt
	return rt
}

// signed puts the agent's name on every request.
type signed struct {
	agent string
	next  http.RoundTripper
}

func (s signed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("User-Agent", s.agent)
	return s.next.RoundTrip(r)
}
