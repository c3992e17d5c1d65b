package tail

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// readAround reads into before, and what follows into buf, from offset at in
// one call: a file that is truncated in between cannot give an old beginning
// and a new end. It says how much it read in all; 0 is the end.
func readAround(f *os.File, before, buf []byte, at int64) (int, error) {
	for {
		n, err := unix.Preadv(int(f.Fd()), [][]byte{before, buf}, at)
		if err == unix.EINTR {
			continue
		}
		runtime.KeepAlive(f)
		if err != nil {
			return 0, &os.PathError{Op: "read", Path: f.Name(), Err: err}
		}
		return n, nil
	}
}
