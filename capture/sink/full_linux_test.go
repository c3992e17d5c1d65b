package sink_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/internal/missing"
)

// A real disk that is full, and then has room again.
func TestFullDisk(t *testing.T) {
	dir := missing.Disk(t, "1m")
	path := filepath.Join(dir, "x.log")
	s := intoUnclosed(t, path, nil)
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 512<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	var want []string
	refused := 0
	for i := 0; i < 20; i++ {
		text := strconv.Itoa(i) + strings.Repeat("x", 50_000)
		b := []*record.Batch{batch(app(), text, text)}
		err := s.Write(t.Context(), b)
		if err != nil {
			refused++
			hinted, ok := err.(interface{ Hint() string })
			if !errors.Is(err, syscall.ENOSPC) || !ok || !strings.Contains(hinted.Hint(), "make room") {
				t.Fatalf("got %v", err)
			}
			same(t, "what was acknowledged", want, messages(t, path))
			if err := os.Remove(ballast); err != nil && refused == 1 {
				t.Fatal(err)
			}
			if refused > 1 { // full for good
				break
			}
			write(t, s, b...)
		}
		want = append(want, text, text)
	}
	if refused != 2 {
		t.Errorf("refused %d times, want once before and once after there was room", refused)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	same(t, "what was acknowledged", want, messages(t, path))
}
