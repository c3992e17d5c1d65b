package sink

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// writeUntil writes p to w and gives up when ctx is done. What the kernel can be
// made to give up by a deadline (pipes and sockets in non-blocking mode) is written at once.
func writeUntil(ctx context.Context, w io.Writer, p []byte) (int, error) {
	d, ok := w.(interface{ SetWriteDeadline(time.Time) error })
	if !ok {
		return w.Write(p)
	}
	if d.SetWriteDeadline(time.Time{}) != nil { // os.ErrNoDeadline: a blocking descriptor, as stdout mostly is
		if f, ok := w.(*os.File); ok {
			return writeBlocking(ctx, f, p)
		}
		return w.Write(p)
	}
	over := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(over)
		_ = d.SetWriteDeadline(time.Unix(1, 0))
	})
	n, err := w.Write(p)
	if !stop() {
		<-over
		_ = d.SetWriteDeadline(time.Time{})
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
		err = ctx.Err()
	}
	return n, err
}
