//go:build unix

package stdin

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// patience is how long readable waits, in ms: how late the end of a ctx is noticed.
const patience = 100

// readable waits for a moment until f has something. It is poll(2) and not a
// goroutine that reads, because a Read of a terminal or a pipe cannot be ended.
func readable(f *os.File) (bool, error) {
	fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, patience)
	if errors.Is(err, unix.EINTR) {
		return false, nil
	}
	return n > 0, err
}
