// Package web makes HTTP requests.
package web

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"time"
)

var errStatus = errors.New("status")

func PerCall(url string) error {
	c := &http.Client{Transport: &http.Transport{}} // want `each call of PerCall opens one, and nobody calls CloseIdleConnections`
	resp, err := c.Get(url)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func Left(c *http.Client, url string) error {
	resp, err := c.Get(url)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errStatus // want `Left returns here and leaves the response's body neither read nor closed`
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// What follows is right, or cannot be told.

func Ends(url string) error {
	c := &http.Client{Transport: &http.Transport{}}
	defer c.CloseIdleConnections()
	resp, err := c.Get(url)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func Bounded(url string) error {
	c := &http.Client{Transport: &http.Transport{IdleConnTimeout: time.Second}}
	resp, err := c.Get(url)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func Default(url string) error {
	c := &http.Client{Timeout: time.Second}
	resp, err := c.Get(url)
	if err == nil {
		resp.Body.Close()
	}
	return err
}

func Made() *http.Client { // want Made:`opens what CloseIdleConnections ends`
	return &http.Client{Transport: &http.Transport{}}
}

func Handed(c *http.Client, url string) (*http.Response, error) {
	resp, err := c.Get(url)
	if err != nil {
		return nil, err
	}
	return resp, nil
}

func Passed(c *http.Client, url string, use func(*http.Response) error) error {
	resp, err := c.Get(url)
	if err != nil {
		return err
	}
	return use(resp)
}

func Upgrade(c *http.Client, req *http.Request) (string, error) {
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		resp.Body.Close()
		return "", errStatus
	}
	return resp.Header.Get("Upgrade"), nil
}

// Source is asked for a path.
type Source interface {
	Open(path string) (*http.Response, error)
}

type host struct{ client *http.Client }

func (h host) Open(path string) (*http.Response, error) { // want Open:`responds`
	req, err := http.NewRequest(http.MethodGet, "http://example.com"+path, nil)
	if err != nil {
		return nil, err
	}
	return h.client.Do(req)
}

func Fetch(from Source) error {
	resp, err := from.Open("/")
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errStatus // want `Fetch returns here and leaves the response's body`
	}
	return resp.Body.Close()
}

// The body was read and closed for the caller.
func (h host) ask(path string, buf []byte) (*http.Response, error) {
	resp, err := h.client.Get(path)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	_, err = io.ReadFull(resp.Body, buf)
	return resp, err
}

func Asks(h host) error {
	resp, err := h.ask("/", make([]byte, 10))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errStatus
	}
	return nil
}

// The connection is the caller's own.
func Connect(r *bufio.Reader) error {
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return errStatus
	}
	return nil
}
