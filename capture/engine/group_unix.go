//go:build unix

package engine

import (
	"io/fs"
	"syscall"
)

func groupID(info fs.FileInfo) (int, bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(s.Gid), true
}
