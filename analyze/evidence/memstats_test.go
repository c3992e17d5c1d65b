package evidence_test

import (
	"bytes"
	"errors"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"

	"github.com/logcap/logcap/analyze/evidence"
)

func TestReadMemStats(t *testing.T) {
	var text bytes.Buffer
	if err := pprof.Lookup("heap").WriteTo(&text, 1); err != nil {
		t.Fatal(err)
	}
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	m, err := evidence.ReadMemStats(&text)
	if err != nil {
		t.Fatal(err)
	}
	if m.StackInuse <= 0 || m.HeapInuse <= 0 || m.Sys < m.StackInuse+m.HeapInuse {
		t.Errorf("%+v: not the bytes of a living process", m)
	}
	if m.TotalAlloc <= 0 || m.TotalAlloc > int64(now.TotalAlloc) {
		t.Errorf("TotalAlloc %d, and the process says %d a moment later", m.TotalAlloc, now.TotalAlloc)
	}
}

func TestReadMemStatsRefuses(t *testing.T) {
	if _, err := evidence.ReadMemStats(strings.NewReader("heap profile: 1: 2 [3: 4]\n")); !errors.Is(err, evidence.ErrNoMemStats) {
		t.Errorf("error %v, want ErrNoMemStats", err)
	}
	if _, err := evidence.ReadMemStats(strings.NewReader("# Stack = many / 3\n")); err == nil || !strings.Contains(err.Error(), "Stack") {
		t.Errorf("error %v, want one that names the field", err)
	}
}
