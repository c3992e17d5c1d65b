//go:build unix

package file

import (
	"io/fs"
	"syscall"
)

// identity is what the file system tells files apart by, while they exist.
type identity struct{ device, inode uint64 }

func identityOf(info fs.FileInfo) (identity, bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}, false
	}
	return identity{uint64(s.Dev), uint64(s.Ino)}, true //nolint:unconvert // their types differ between systems
}
