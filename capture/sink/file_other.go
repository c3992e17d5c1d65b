//go:build !unix

package sink

import (
	"errors"
	"os"
	"syscall"
)

// lock does nothing here.
func lock(*os.File) error { return nil }

// full says that a disk has no room: Windows' ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL.
func full(err error) bool {
	return errors.Is(err, syscall.Errno(39)) || errors.Is(err, syscall.Errno(112))
}

// syncFolder does nothing here: a folder cannot be synced.
func syncFolder(*os.Root, string) error { return nil }
