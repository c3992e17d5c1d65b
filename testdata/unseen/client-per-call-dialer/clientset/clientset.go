// Package clientset talks to the API of a cluster.
package clientset

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"logcap.test/programs/unseen/client-per-call-dialer/transport"
)

// Options are what a caller knows of a cluster.
type Options struct {
	Host  string
	Agent string
	// Dial reaches clusters behind a tunnel; nil for all others.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Factory makes clients over a common cache of round trippers.
type Factory struct {
	cache *transport.Cache
}

// NewFactory returns a factory with a cache of its own.
func NewFactory() *Factory { return &Factory{cache: transport.NewCache()} }

// Client is a handle on one cluster.
type Client struct {
	host string
	http *http.Client
}

// For returns a client for o.
func (f *Factory) For(o Options) *Client {
	cfg := transport.Config{Agent: o.Agent, Timeout: 10 * time.Second}
	if o.Dial != nil {
		cfg.Dial = &transport.Dialer{Dial: o.Dial} // cause
	}
	return &Client{host: o.Host, http: &http.Client{Transport: f.cache.Get(cfg), Timeout: 30 * time.Second}} // cause
}

// Pods returns the list of pods as the cluster words it.
func (c *Client) Pods(ctx context.Context, namespace string, id int, work time.Duration) ([]byte, error) {
	url := fmt.Sprintf("http://%s/%d?namespace=%s&work=%s", c.host, id, namespace, work)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("list pods of %s: %w", namespace, err)
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}
