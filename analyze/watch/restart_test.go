package watch

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/evidence"
	"github.com/logcap/logcap/analyze/recording"
)

// A start time is by the target's clock, which may be hours from ours: when the
// new process began to answer is read off our own.
func TestRestartByAnotherClock(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, ahead := range []time.Duration{0, time.Hour, -time.Hour, 200 * 365 * 24 * time.Hour} {
		f := newFolder(recording.Target{Name: "t"}, false)
		started := float64(began.Add(-time.Minute).Unix()) + ahead.Seconds()
		for i := range 120 {
			at := began.Add(time.Duration(i) * time.Second)
			n := 100 + i
			if i >= 52 {
				n = i
			}
			f.Total(at, n)
			if i%15 == 10 {
				s := started
				if i > 52 {
					s += 60 + 52
				}
				f.addMetrics(at, &evidence.Metrics{StartTime: s})
			}
			if i%20 == 0 { // tells of the same restart
				f.Memory(at, analyze.Memory{TotalAlloc: int64(1000 * n)})
			}
		}
		if diff := cmp.Diff([]float64{52}, f.history().Restarts); diff != "" {
			t.Errorf("a clock %v ahead: restarts (-want +got):\n%s", ahead, diff)
		}
	}
}
