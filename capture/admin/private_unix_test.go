//go:build unix

package admin_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/logcap/logcap/capture/admin"
)

// Whatever the umask says, only its own user can open the socket; also one that is taken over.
func TestSocketIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	before := syscall.Umask(0)
	defer syscall.Umask(before)
	for range 2 {
		s, err := admin.New("unix:"+path, options(full))
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode(); got != os.ModeSocket|0o600 {
			t.Errorf("the socket is %v", got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		abandon(t, path)
	}
}

// abandon leaves a socket that everybody can open and nobody listens on.
func abandon(t *testing.T, path string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
}
