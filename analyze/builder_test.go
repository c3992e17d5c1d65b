package analyze_test

import (
	"fmt"
	"testing"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/exectrace"
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

// Labels that never come back and traces of days must not fill the memory.
func TestLongWatchIsBounded(t *testing.T) {
	b := analyze.NewBuilder(analyze.Target{})
	for i := range 2000 {
		b.Gauge(at(float64(i)), "app_active", fmt.Sprintf("{session=%q}", fmt.Sprint(i)), analyze.RoleWorkload, 1)
		b.Gauge(at(float64(i)), "app_requests", "", analyze.RoleWorkload, 1)
		b.Trace(at(float64(i)), &exectrace.Trace{})
	}
	h := b.History()
	if n := len(h.Gauges); n != 1000 || len(h.Warnings) != 1 {
		t.Errorf("%d gauges, warnings %q", n, h.Warnings)
	}
	if n := len(h.Gauges[1].Points); n != 2000 {
		t.Errorf("%d readings of a gauge that stays", n)
	}
	if n := len(h.Traces); n > 120 || n < 60 || h.Traces[0].T != 0 || h.Traces[n-1].T != 1999 {
		t.Errorf("%d traces from %g to %g", n, h.Traces[0].T, h.Traces[n-1].T)
	}
}
