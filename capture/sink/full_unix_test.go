//go:build unix

package sink_test

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/logcap/logcap/capture/record"
)

// limited runs f while the kernel refuses to let any file of this process grow beyond size.
func limited(t *testing.T, size uint64, f func()) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: was.Max}); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
	}()
	f()
}

// A write that is cut in the middle leaves nothing in any of the files that the Write went to.
func TestFailedWriteIsTakenBack(t *testing.T) {
	dir := t.TempDir()
	s := into(t, filepath.Join(dir, "{name}.log"))
	small, large := &record.Origin{Name: "small"}, &record.Origin{Name: "large"}
	write(t, s, batch(small, "1"), batch(large, "1"))
	second := []*record.Batch{batch(small, "2"), batch(large, strings.Repeat("2", 1500), strings.Repeat("3", 1500)), batch(small, "3")}
	limited(t, 2000, func() {
		for range 3 {
			err := s.Write(t.Context(), second)
			if err == nil || err.Error() != "write to "+filepath.Join(dir, "large.log")+": file too large" {
				t.Errorf("got %v", err)
			}
		}
	})
	same(t, "large after the failure", []string{"1"}, messages(t, filepath.Join(dir, "large.log")))
	same(t, "small after the failure", []string{"1"}, messages(t, filepath.Join(dir, "small.log")))
	write(t, s, second...)
	same(t, "large", []string{"1", strings.Repeat("2", 1500), strings.Repeat("3", 1500)}, messages(t, filepath.Join(dir, "large.log")))
	same(t, "small", []string{"1", "2", "3"}, messages(t, filepath.Join(dir, "small.log")))
}

// So too when the file had to be closed in between, because too many were open.
func TestFailedWriteIsTakenBackFromClosedFiles(t *testing.T) {
	dir := t.TempDir()
	s := intoWith(t, filepath.Join(dir, "{name}.log"), 1)
	one, two := &record.Origin{Name: "1"}, &record.Origin{Name: "2"}
	limited(t, 2000, func() {
		if err := s.Write(t.Context(), []*record.Batch{batch(one, "x"), batch(two, strings.Repeat("y", 3000))}); err == nil {
			t.Error("no error")
		}
	})
	for _, name := range []string{"1.log", "2.log"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() != 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}
