// Package api talks to the control plane.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

// Org is an organisation.
type Org struct {
	Name   string `json:"name"`
	Region string `json:"region"`
	Quota  int    `json:"quota"`
}

// Client sends requests to one control plane.
type Client struct {
	base string
	http *http.Client
}

// New returns a Client that sends its requests with h.
func New(base string, h *http.Client) *Client { return &Client{base: base, http: h} }

// Org reads an organisation.
func (c *Client) Org(ctx context.Context, name, region string) (Org, error) {
	req, err := c.request(ctx, http.MethodGet, "/orgs/"+name, region, nil)
	if err != nil {
		return Org{}, err
	}
	resp, err := c.send(req)
	if err != nil {
		return Org{}, err
	}
	defer resp.Body.Close()
	var org Org
	return org, json.NewDecoder(resp.Body).Decode(&org)
}

// Create adds an organisation.
func (c *Client) Create(ctx context.Context, org Org) error {
	body, err := json.Marshal(org)
	if err != nil {
		return err
	}
	req, err := c.request(ctx, http.MethodPost, "/orgs", org.Region, body)
	if err != nil {
		return err
	}
	resp, err := c.send(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (c *Client) request(ctx context.Context, method, path, region string, body []byte) (*http.Request, error) {
	target := c.base + path + "?region=" + url.QueryEscape(region)
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err == nil && body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, err
}

// send returns an answer of which only the body is left to read.
func (c *Client) send(req *http.Request) (*http.Response, error) {
	resp, err := c.http.Do(req) // cause
	if err != nil {
		return nil, err
	}
	return checked(resp)
}
