package watch_test

import (
	"testing"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/watch"
)

// Every form in which the runtime's own proof comes is a confirmed finding, also alone.
func TestLeakProfilesConfirm(t *testing.T) {
	for _, file := range []string{"goroutineleak.pb.gz", "goroutineleak.debug1.txt", "goroutineleak.debug2.txt"} {
		subjects, err := watch.Load([]string{"../../testdata/dumps/go1.27/" + file}, watch.From{})
		if err != nil {
			t.Fatal(err)
		}
		a := analyze.Detect(subjects[0].History, analyze.DefaultThresholds())
		if a.Verdict != analyze.Confirmed {
			t.Fatalf("%s: verdict %q, want confirmed", file, a.Verdict)
		}
		for _, f := range a.Findings {
			if f.Count.Last == 0 || f.Site.Entry == "" {
				t.Errorf("%s: %d goroutines of %q", file, f.Count.Last, f.Site.Entry)
			}
		}
	}
}
