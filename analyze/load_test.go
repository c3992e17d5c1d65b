package analyze_test

import (
	"testing"

	"github.com/logcap/logcap/analyze"
)

// A workload gauge that rises explains growth only of goroutines that run: one
// of requests in flight counts the leaked ones too.
func TestRisingLoad(t *testing.T) {
	session := kind{entry: "app.(*Server).session", creator: "app.(*Server).accept", file: "/src/app/s.go", line: 9, state: "select", perMinute: 60}
	for _, test := range []struct {
		name    string
		runs    bool
		watch   watch
		rising  float64
		verdict analyze.Verdict
	}{
		{"sessions that run", true, minute, 60, analyze.GrowingWithLoad},
		{"sessions that run under level load", true, minute, 0, analyze.Probable},
		{"handlers that never run", false, minute, 60, analyze.Probable},
		{"nobody looked whether they run", false, watch{seconds: 60, interval: 0.5, dumpEvery: 5}, 60, analyze.Suspect},
	} {
		t.Run(test.name, func(t *testing.T) {
			k := session
			k.runs = test.runs
			h := newProcess(4, append(background(), k)...).observe(test.watch)
			gauge(h, "app_sessions_active", analyze.RoleWorkload, test.rising)
			if a := analyze.Detect(h, analyze.DefaultThresholds()); a.Verdict != test.verdict {
				t.Errorf("verdict %q, want %q\n%s", a.Verdict, test.verdict, describe(a))
			}
		})
	}
}
