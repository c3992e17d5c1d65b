// Package fetch reads what servers answer.
package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// Source is somebody who can be asked for a path.
type Source interface {
	Open(ctx context.Context, path string) (*http.Response, error)
}

// Read asks for a path and lets parse make a T of the answer.
func Read[T any](ctx context.Context, src Source, path string, parse func(io.Reader) (T, error)) (T, error) {
	var none T
	resp, err := src.Open(ctx, path) // cause
	if err != nil {
		return none, fmt.Errorf("fetch %s: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		return none, fmt.Errorf("fetch %s: %s", path, resp.Status) // cause
	}
	defer resp.Body.Close()
	return parse(resp.Body)
}
