// Package ctxio gives calls that know no context one.
package ctxio

import (
	"context"
	"io"
)

// result is what a call returned.
type result[T any] struct {
	value T
	err   error
}

// Call returns what call does, or the reason of ctx when that is earlier.
func Call[T any](ctx context.Context, call func() (T, error)) (T, error) {
	returned := make(chan result[T], 1)
	go func() { // leak:func
		value, err := call()
		returned <- result[T]{value, err}
	}()
	select {
	case r := <-returned:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// Read reads n bytes.
func Read(ctx context.Context, r io.Reader, n int) ([]byte, error) {
	return Call(ctx, func() ([]byte, error) {
		buf := make([]byte, n)
		got, err := io.ReadFull(r, buf) // cause
		return buf[:got], err
	})
}

// Write writes all of data.
func Write(ctx context.Context, w io.Writer, data []byte) error {
	_, err := Call(ctx, func() (int, error) { return w.Write(data) })
	return err
}
