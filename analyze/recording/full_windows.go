package recording

import (
	"errors"
	"syscall"
)

// isPlatformDiskFull knows ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL, which
// Go does not translate to ENOSPC.
func isPlatformDiskFull(err error) bool {
	return errors.Is(err, syscall.Errno(112)) || errors.Is(err, syscall.Errno(39))
}
