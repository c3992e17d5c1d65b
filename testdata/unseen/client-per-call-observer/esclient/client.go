// Package esclient talks to a search cluster.
package esclient

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Client belongs to one cluster and one user.
type Client struct {
	base string
	user string
	http *http.Client
}

// New returns a client for the cluster at addr.
func New(addr, user string) *Client {
	return &Client{
		base: "http://" + addr,
		user: user,
		http: &http.Client{Transport: &http.Transport{ResponseHeaderTimeout: 8 * time.Second}}, // cause
	}
}

// Close gives up the client's connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Health returns the cluster's colour.
func (c *Client) Health(ctx context.Context, id int, work time.Duration) (string, error) {
	return c.get(ctx, fmt.Sprintf("/%d?work=%s", id, work))
}

// Version returns what the cluster runs.
func (c *Client) Version(ctx context.Context, id int) (string, error) {
	return c.get(ctx, fmt.Sprintf("/%d", id))
}

func (c *Client) get(ctx context.Context, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return "", err
	}
	req.SetBasicAuth(c.user, "secret")
	resp, err := c.http.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}
