//go:build unix

package tail

import (
	"os"
	"syscall"
)

// identity is what the file system tells files apart by, while they exist.
type identity struct{ device, inode uint64 }

// identify is the identity of an open file.
func identify(f *os.File) (identity, os.FileInfo, error) {
	info, err := f.Stat()
	if err != nil {
		return identity{}, nil, err
	}
	return identityOf(info), info, nil
}

// identifyPath is the identity of what path leads to.
func identifyPath(path string) (identity, os.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return identity{}, nil, err
	}
	return identityOf(info), info, nil
}

func identityOf(info os.FileInfo) identity {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}
	}
	return identity{uint64(s.Dev), uint64(s.Ino)} //nolint:unconvert // their types differ between systems
}
