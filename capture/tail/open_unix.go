//go:build unix

package tail

import (
	"os"
	"syscall"
)

// openFile opens a file for reading. A pipe without a writer is opened too, and does not block.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}
