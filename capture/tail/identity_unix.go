//go:build unix && !linux

package tail

import (
	"os"
	"syscall"
)

// identify is the identity of an open file.
func identify(f *os.File) (identity, os.FileInfo, error) {
	info, err := f.Stat()
	if err != nil {
		return identity{}, nil, err
	}
	return identityOf(info), info, nil
}

// stat is what lies at path.
func stat(path string) (status, error) {
	info, err := os.Stat(path)
	if err != nil {
		return status{}, err
	}
	return statusOf(identityOf(info), info), nil
}

func identityOf(info os.FileInfo) identity {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return identity{}
	}
	return identity{device: uint64(s.Dev), inode: uint64(s.Ino)} //nolint:unconvert // their types differ between systems
}
