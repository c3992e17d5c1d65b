package fetch

import (
	"context"
	"net/http"
	"time"
)

// Host is a Source: one server, asked through one client.
type Host struct {
	addr   string
	client *http.Client
}

// NewHost returns the server at addr.
func NewHost(addr string) *Host {
	return &Host{addr: addr, client: &http.Client{Transport: &http.Transport{IdleConnTimeout: 90 * time.Second}}}
}

// Open asks for a path. Who gets a response closes its body.
func (h *Host) Open(ctx context.Context, path string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.addr+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "image/*")
	return h.client.Do(req)
}

// Close closes the connections that wait for a next request.
func (h *Host) Close() { h.client.CloseIdleConnections() }
