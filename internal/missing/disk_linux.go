package missing

import "syscall"

// DiskTB is the part of testing.TB that Disk needs.
type DiskTB interface {
	TB
	TempDir() string
	Cleanup(func())
	Error(args ...any)
}

// Disk is a folder that is a file system of its own, a tmpfs of size ("256k", as mount takes it), until the
// test ends: a disk that can be filled, or made read-only.
func Disk(t DiskTB, size string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		Part(t, Mount, "a small tmpfs: "+err.Error())
		return ""
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}
