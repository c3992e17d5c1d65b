package commands

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
	"github.com/logcap/logcap/analyze/recording"
	"github.com/logcap/logcap/analyze/watch"
)

func at(target int, elapsed time.Duration, n float64, why string, a *analyze.Analysis) watch.Progress {
	return watch.Progress{
		Target: target, Name: []string{"api:6060", "db:6060"}[target], Elapsed: elapsed,
		Scrape:   recording.Scrape{Kind: recording.Goroutine, Err: why},
		History:  &analyze.History{Total: []growth.Point{{T: elapsed.Seconds(), N: n}}},
		Analysis: a,
	}
}

func TestLines(t *testing.T) {
	leak := &analyze.Analysis{Verdict: analyze.Probable, Findings: []analyze.Finding{
		{Verdict: analyze.Probable, Site: goroutine.Site{Func: "shop.ask\x1b[2J", File: "shop/order.go", Line: 12}},
	}}
	clean := &analyze.Analysis{Verdict: analyze.Stable}
	for _, tt := range []struct {
		name     string
		targets  int
		duration time.Duration
		progress []watch.Progress
		want     string
	}{
		{"now and then", 1, time.Minute, []watch.Progress{
			at(0, 1*time.Second, 10, "", nil),
			at(0, 6*time.Second, 11, "", nil),
			at(0, 7*time.Second, 12, "", clean),
			at(0, 12*time.Second, 1, "", clean),
		}, "6s, 1 sample, 11 goroutines, 54s to go\n12s, 1 sample, 1 goroutine, stable so far, 48s to go\n"},
		{"no end", 1, 0, []watch.Progress{
			at(0, 9*time.Second, 10, "", nil),
			at(0, 10*time.Second, 11, "", leak),
		}, "10s, 1 sample, 11 goroutines, probable so far: shop.ask\ufffd[2J at shop/order.go:12\n"},
		{"later than the end", 1, 10 * time.Second, []watch.Progress{
			at(0, 11*time.Second, 11, "", nil),
		}, "11s, 1 sample, 11 goroutines, 0s to go\n"},
		{"several", 2, 20 * time.Second, []watch.Progress{
			at(0, 2*time.Second, 10, "", nil),
			at(1, 2*time.Second, 20, "", nil),
		}, "api:6060: 2s, 1 sample, 10 goroutines, 18s to go\ndb:6060: 2s, 1 sample, 20 goroutines, 18s to go\n"},
		{"a gap is told once", 1, time.Hour, []watch.Progress{
			at(0, 2*time.Second, 10, "refused", nil),
			at(0, 3*time.Second, 10, "refused", nil),
			at(0, 4*time.Second, 10, "", nil),
			at(0, 5*time.Second, 10, "", nil),
		}, "api:6060: no answer, asking on: refused\napi:6060: answers again\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			v := newLines(&streams{err: &b, lookup: os.LookupEnv}, tt.duration, tt.targets)
			for _, p := range tt.progress {
				v.update(p)
			}
			v.close()
			if diff := cmp.Diff(tt.want, b.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
