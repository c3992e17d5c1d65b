//go:build !unix

package sink

import (
	"context"
	"errors"
	"os"
	"syscall"
)

// writeBlocking cannot give up a write here.
func writeBlocking(_ context.Context, f *os.File, p []byte) (int, error) { return f.Write(p) }

// ended says that nobody will ever read what is written. The numbers are Windows' ERROR_BROKEN_PIPE and ERROR_NO_DATA.
func ended(err error) bool {
	return errors.Is(err, syscall.Errno(109)) || errors.Is(err, syscall.Errno(232)) || errors.Is(err, os.ErrClosed)
}
