package watch_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/scrape"
	"github.com/logcap/logcap/analyze/watch"
	"github.com/logcap/logcap/internal/missing"
)

// TestPID watches a stripped daemon through its memory: the lineage ends in its
// loop, what it holds open grows in step, and the report made again from the
// recording is the one the watch gave.
func TestPID(t *testing.T) {
	_, pid := healthchecks(t, "-every", "500ms", "-server", "slow")
	address := scrape.Address{Name: "pid:1", Scheme: "pid", PID: pid}
	dir := filepath.Join(t.TempDir(), "recording")
	subjects, err := watch.Run(t.Context(), watch.Options{Targets: []scrape.Address{address}, Interval: 250 * time.Millisecond, Duration: 12 * time.Second, Record: dir})
	if err != nil {
		if strings.Contains(err.Error(), "may not be read") {
			missing.Part(t, missing.Root, err.Error())
		}
		t.Fatal(err)
	}
	h := subjects[0].History
	if h.Scrapes["births"] == 0 || len(h.Usage) < 3 || h.Scrapes["stacks"] < 2 || !strings.HasPrefix(h.Target.GoVersion, "go1.") {
		t.Errorf("scrapes %v, %d readings of what it holds, %+v", h.Scrapes, len(h.Usage), h.Target)
	}
	a := analyze.Detect(h, analyze.DefaultThresholds())
	if len(a.Findings) == 0 {
		t.Fatalf("no finding: %+v", a)
	}
	f := a.Findings[0]
	if n := len(f.Lineage); f.Mechanism != analyze.ClientPerCall || n == 0 || f.Lineage[n-1].Func != "logcap.test/programs/healthchecks/monitor.(*Monitor).Run" ||
		f.Cause == nil || f.Cause.Kind != analyze.Measured || f.Cause.Func != "logcap.test/programs/healthchecks/pool.(*Pool).Ping" {
		t.Errorf("%s, lineage %+v, cause %+v", f.Mechanism, f.Lineage, f.Cause)
	}
	again, err := watch.Load([]string{dir}, watch.From{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a.Findings, analyze.Detect(again[0].History, analyze.DefaultThresholds()).Findings, cmp.AllowUnexported(analyze.Finding{})); diff != "" {
		t.Errorf("made again (-watch +recording):\n%s", diff)
	}
}
