package checkpoint_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/logcap/logcap/capture/checkpoint"
	"github.com/logcap/logcap/internal/missing"
)

// A real disk that is full: the last checkpoint stays whole, and saving goes on when there is room.
func TestFullDisk(t *testing.T) {
	dir := missing.Disk(t, "256k")
	s := checkpoint.NewStore(dir)
	save(t, s, sections("1"))
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk did not become full: %v", err)
	}
	if err := s.Save(sections("2")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("saved on a full disk: %v", err)
	}
	if l := load(t, s); string(l.Sections["file"]["file:/var/log/x"]) != `{"offset":1}` {
		t.Errorf("after it: %s", l.Sections)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	save(t, s, sections("3"))
	if l := load(t, s); string(l.Sections["file"]["file:/var/log/x"]) != `{"offset":3}` {
		t.Errorf("when there was room: %s", l.Sections)
	}
}
