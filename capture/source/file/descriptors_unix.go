//go:build unix

package file

import (
	"math"

	"golang.org/x/sys/unix"
)

// descriptors is how many files this process may have open.
func descriptors() int {
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return 1024
	}
	return int(min(uint64(r.Cur), math.MaxInt32)) //nolint:unconvert // its type differs between systems
}
