package queue

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/internal/missing"
)

// A disk that becomes full: Append says so, loses nothing, and goes on when there is room.
func TestFullDisk(t *testing.T) {
	disk := missing.Disk(t, "256k")
	q, _ := open(t, Options{Dir: filepath.Join(disk, "q"), Sync: Sync{Never: true}})
	defer shut(t, q)
	push(t, q, batch(0, 5, nil))
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk did not become full: %v", err)
	}
	var err error
	n := 5
	for ; n < 1000; n++ { // the page that is begun has room for some
		b := batch(n, 1, nil)
		b.Buf = append(b.Buf, make([]byte, 1000)...)
		if err = q.Append(t.Context(), b, none); err != nil {
			break
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("appended to a full disk: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	push(t, q, batch(n, 1, nil))
	got, lost := drain(t, q)
	if diff := cmp.Diff(from(0, n+1), got); diff != "" || lost > 0 {
		t.Errorf("lost %d (-want +got):\n%s", lost, diff)
	}
}

// Directories that cannot be a queue's: one line says which, why and what to do.
func TestUnusable(t *testing.T) {
	readOnly := missing.Disk(t, "256k")
	if err := os.Mkdir(filepath.Join(readOnly, "q"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", readOnly, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	full := missing.Disk(t, "256k")
	if err := os.WriteFile(filepath.Join(full, "x"), make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk did not become full: %v", err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		filepath.Join(readOnly, "q"):   "read-only file system",
		filepath.Join(readOnly, "new"): "read-only file system",
		file:                           "not a directory",
	} {
		_, _, err := Open(Options{Dir: dir})
		var hinted interface{ Hint() string }
		if err == nil || !strings.HasPrefix(err.Error(), "open queue \""+dir+"\": ") || !strings.HasSuffix(err.Error(), want) ||
			strings.Contains(err.Error(), "\n") || !errors.As(err, &hinted) || hinted.Hint() == "" {
			t.Errorf("%s: %v", dir, err)
		}
	}
	// A full disk is no reason not to begin: Append waits for room.
	if q, _, err := Open(Options{Dir: filepath.Join(full, "q")}); err == nil {
		defer shut(t, q)
		if err := q.Append(t.Context(), batch(0, 1, nil), none); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("appended to a full disk: %v", err)
		}
	} else if !strings.HasSuffix(err.Error(), "no space left on device") {
		t.Error(err)
	}
}
