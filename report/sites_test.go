package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/analyze/goroutine"
)

// snapshot is a dump of four sites, one of them with a name chosen by an attacker.
func snapshot() *goroutine.Snapshot {
	frame := func(fn, file string, line int) goroutine.Frame {
		return goroutine.Frame{Func: fn, File: file, Line: line}
	}
	return &goroutine.Snapshot{
		Time: time.Date(2026, 11, 20, 10, 0, 0, 0, time.FixedZone("far", 3600)), Form: goroutine.Debug2, Profile: "goroutine", Total: 17, Declared: 19,
		Stacks: []goroutine.Stack{
			{Frames: []goroutine.Frame{frame("main.(*Pool).work", "/src/pool.go", 40)}, State: "chan receive", Count: 2,
				Created: frame("main.NewPool", "/src/pool.go", 21), Labels: map[string]string{"pool": "mail"},
				Goroutines: []goroutine.Goroutine{{ID: 7, Wait: 12}, {ID: 8}}},
			{Frames: []goroutine.Frame{frame("main.(*Pool).work", "/src/pool.go", 44)}, State: "select", Count: 10,
				Created: frame("main.NewPool", "/src/pool.go", 21), Labels: map[string]string{"pool": "sms"}, Goroutines: make([]goroutine.Goroutine, 10)},
			{Frames: []goroutine.Frame{frame("main.main", "/src/main.go", 9)}, State: "running", Count: 1, Goroutines: []goroutine.Goroutine{{ID: 1}}},
			{Frames: []goroutine.Frame{frame(evil, "/src/\x1b[2Jx.go", 3)}, State: "IO wait", Count: 3, Leaked: true},
			{Frames: []goroutine.Frame{frame("net/http.(*conn).serve", "/go/http.go", 3)}, State: "IO wait", Count: 1},
		},
		Truncated: true,
		Warnings:  []goroutine.Warning{{Line: 31, Text: "no frames: goroutine 9 [\x1b"}},
	}
}

func TestSites(t *testing.T) {
	s := NewSites("shop", snapshot())
	golden(t, "sites.json", written(t, func(b *bytes.Buffer) error { return WriteSitesJSON(b, s) }))
	text := written(t, func(b *bytes.Buffer) error { return WriteSitesText(b, s, Style{}) })
	golden(t, "sites.txt", text)
	harmless(t, text)

	sum := 0
	for _, one := range s.Sites {
		sum += one.Count
	}
	if sum != s.Total {
		t.Errorf("sites add up to %d of %d goroutines", sum, s.Total)
	}
	pool := s.Sites[0]
	if pool.Count != 12 || pool.Labels["pool"]["mail"] != 2 || pool.Labels["pool"]["sms"] != 10 || pool.OldestSeconds == nil || *pool.OldestSeconds != 720 {
		t.Errorf("the largest site is %+v", pool)
	}
}

func TestSitesWithoutAnything(t *testing.T) {
	s := NewSites("", &goroutine.Snapshot{Form: goroutine.Proto})
	got := string(written(t, func(b *bytes.Buffer) error { return WriteSitesText(b, s, Style{}) }))
	if got != "0 goroutines at 0 sites\n\n" {
		t.Errorf("got %q", got)
	}
}

func TestSitesFromProtoKnowsNoWaits(t *testing.T) {
	snap := snapshot()
	for i := range snap.Stacks {
		snap.Stacks[i].Goroutines = nil
	}
	snap.Form = goroutine.Proto
	s := NewSites("", snap)
	if s.Sites[0].OldestSeconds != nil {
		t.Error("a form without ids tells no waits, and no zero either")
	}
	if got := string(written(t, func(b *bytes.Buffer) error { return WriteSitesText(b, s, Style{}) })); strings.Contains(got, "OLDEST") {
		t.Error("a column that knows nothing is shown")
	}
}
