package analyze_test

import (
	"testing"

	"github.com/logcap/logcap/analyze"
)

// A watch of many hours keeps its ends whole, its totals all, and stays small.
func TestLongWatchIsThinned(t *testing.T) {
	p := newProcess(1, kind{entry: "app.leak.func1", creator: "app.leak", file: "/src/app/a.go", line: 7, state: "chan send", perMinute: 1})
	const ticks = 20_000
	h := p.observe(watch{seconds: ticks, interval: 1, dumpEvery: 20})
	if len(h.Total) != ticks+1 {
		t.Errorf("%d totals of %d", len(h.Total), ticks+1)
	}
	for key, s := range h.Series {
		if n := len(s.Points); n > 7200 || n < 3600 {
			t.Errorf("%s has %d points", key, n)
		}
		if n := len(s.Censuses); n > 256 || n < 128 {
			t.Errorf("%s has %d censuses", key, n)
		}
		for i := 1; i < len(s.Points); i++ {
			if s.Points[i].T <= s.Points[i-1].T {
				t.Fatalf("%s: points are out of order at %d", key, i)
			}
		}
		if last := s.Points[len(s.Points)-1].T; last != ticks {
			t.Errorf("%s ends at %.0f s", key, last)
		}
	}
	if a := analyze.Detect(h, analyze.DefaultThresholds()); a.Verdict != analyze.Probable {
		t.Errorf("one a minute for five hours is %q\n%s", a.Verdict, describe(a))
	}
}
