package datastore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// ErrMissing says that there is no such file.
var ErrMissing = errors.New("no such file")

func (s *remote) Put(ctx context.Context, path string, contents io.ReadSeeker) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, s.base+"/"+path, contents)
	if err != nil {
		return err
	}
	resp, err := s.send(req) // cause
	if err != nil {
		return fmt.Errorf("put %s: %w", path, err)
	}
	return outcome(path, resp.StatusCode)
}

func (s *remote) Get(ctx context.Context, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.send(req)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", path, err)
	}
	if err := outcome(path, resp.StatusCode); err != nil {
		resp.Body.Close()
		return nil, err
	}
	return resp.Body, nil
}

func outcome(path string, status int) error {
	switch status {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent:
		return nil
	case http.StatusNotFound:
		return ErrMissing
	}
	return fmt.Errorf("%s: status %d", path, status)
}
