//go:build unix

package sink

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// lock keeps other collectors from a file; where files cannot be locked, nothing does.
func lock(f *os.File) error {
	if errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK) {
		return errLocked
	}
	return nil
}

// full says that a disk or a quota has no room.
func full(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// syncFolder makes sure that the names in a folder are on the disk.
func syncFolder(root *os.Root, path string) error {
	dir, err := root.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
