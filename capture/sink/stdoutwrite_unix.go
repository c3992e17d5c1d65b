//go:build unix

package sink

import (
	"context"
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Of a blocking descriptor that poll(2) calls writable, so many bytes can be
// written without blocking (PIPE_BUF); and so often, in ms, ctx is looked at while it is not.
const (
	unblocked = 4096
	pollEvery = 50
)

// writeBlocking writes p to a descriptor in blocking mode. The mode is not
// changed: the shell and whoever else has the same terminal or pipe would get it too.
func writeBlocking(ctx context.Context, f *os.File, p []byte) (done int, err error) {
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		return f.Write(p)
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return 0, err
	}
	// A write to a broken pipe on descriptor 1 through os.File ends the process by SIGPIPE; this one returns EPIPE.
	var failed error
	err = raw.Control(func(fd uintptr) { done, failed = pollAndWrite(ctx, int(fd), p) })
	if err == nil {
		err = failed
	}
	return done, err
}

func pollAndWrite(ctx context.Context, fd int, p []byte) (done int, err error) {
	for done < len(p) {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		switch n, err := unix.Poll(ready, pollEvery); {
		case errors.Is(err, unix.EINTR) || err == nil && n == 0:
			continue
		case err != nil:
			return done, err
		}
		n, err := unix.Write(fd, p[done:min(done+unblocked, len(p))])
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return done, err
		}
		done += n
	}
	return done, nil
}

// ended says that nobody will ever read what is written: the pipe's other end or the terminal is closed.
func ended(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.EIO) || errors.Is(err, os.ErrClosed)
}
