// Package datastore keeps files on a host, by HTTP.
package datastore

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// Store keeps files.
type Store interface {
	Put(ctx context.Context, path string, contents io.ReadSeeker) error
	Get(ctx context.Context, path string) (io.ReadCloser, error)
}

// sender sends one request.
type sender func(*http.Request) (*http.Response, error)

// remote is a Store on one host.
type remote struct {
	base string
	send sender
}

// Open returns the Store of a host.
func Open(base string) Store {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	return &remote{base: base, send: identified("copier/3", client.Do)}
}

// identified adds a header to what next sends.
func identified(agent string, next sender) sender {
	return func(req *http.Request) (*http.Response, error) {
		req.Header.Set("User-Agent", agent)
		return next(req)
	}
}

// retrying repeats a Put that failed.
type retrying struct {
	Store
	attempts int
}

// Retry returns a Store that puts a file up to attempts times.
func Retry(s Store, attempts int) Store { return retrying{s, attempts} }

func (r retrying) Put(ctx context.Context, path string, contents io.ReadSeeker) error {
	var failures []error
	for range r.attempts {
		if _, err := contents.Seek(0, io.SeekStart); err != nil {
			return err
		}
		err := r.Store.Put(ctx, path, contents)
		if err == nil {
			return nil
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}
