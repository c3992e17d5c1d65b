package analyze_test

import (
	"testing"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/exectrace"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
)

// A pool that waits for work in both processes is idle: that its waits ended
// with the first process says nothing of the second.
func TestRestartEndsNoWait(t *testing.T) {
	pool := kind{entry: "app.(*Pool).work", creator: "app.(*Pool).Start", file: "/src/app/pool.go", line: 9,
		state: "sync.Cond.Wait", frames: []string{"sync.(*Cond).Wait"}, initial: 8}
	b := analyze.NewBuilder(analyze.Target{Name: "simulated:6060"})
	first := newProcess(1, pool)
	for i := range 60 {
		observeAt(b, first, float64(i))
	}
	b.Counts(at(60), newProcess(2).snapshot(60, false)) // it answers before its pool starts
	second := newProcess(2, pool)
	for i := 61; i < 121; i++ {
		observeAt(b, second, float64(i))
	}
	b.Restart(60)
	if a := analyze.Detect(b.History(), analyze.DefaultThresholds()); a.Verdict != analyze.Stable {
		t.Errorf("an idle pool after a restart is %q\n%s", a.Verdict, describe(a))
	}
}

func observeAt(b *analyze.Builder, p *process, t float64) {
	p.step(t, 1)
	b.Counts(at(t), p.snapshot(t, false))
	if int(t)%5 == 0 {
		b.Dump(at(t), p.snapshot(t, true))
	}
}

// Both processes count their goroutines from 1: a creation that a trace saw in
// the first is not that of the goroutine with the same id in the second.
func TestRestartReusesIDs(t *testing.T) {
	leak := kind{entry: "app.wait", creator: "sync.(*WaitGroup).Go", file: "/src/app/leak.go", line: 9, state: "chan receive", perMinute: 60}
	b := analyze.NewBuilder(analyze.Target{Name: "simulated:6060"})
	first := newProcess(1, background()...)
	for i := range 60 {
		observeAt(b, first, float64(i))
	}
	tr := &exectrace.Trace{Seconds: 3}
	for id := range uint64(200) {
		tr.Births = append(tr.Births, exectrace.Birth{ID: id + 1, Parent: 1, Entry: goroutine.Frame{Func: "sync.(*WaitGroup).Go.func1"},
			Creator: []goroutine.Frame{{Func: "sync.(*WaitGroup).Go"}, {Func: "app.other", File: "/src/app/other.go", Line: 77}}})
	}
	b.Trace(at(30), tr)
	second := newProcess(2, append(background(), leak)...)
	for i := 60; i < 180; i++ {
		observeAt(b, second, float64(i))
	}
	b.Restart(60)
	a := analyze.Detect(b.History(), analyze.DefaultThresholds())
	if len(a.Findings) != 1 || a.Verdict != analyze.Probable {
		t.Fatalf("want one probable finding\n%s", describe(a))
	}
	f := a.Findings[0]
	for _, ancestor := range f.Lineage {
		if ancestor.Func == "app.other" {
			t.Errorf("lineage %+v: that was the process before", f.Lineage)
		}
	}
	if f.Site.Func == "app.other" {
		t.Errorf("created at %+v: that was the process before", f.Site)
	}
}

// Load that comes back after a restart rises, whatever it was before.
func TestRestartTakesLoadAlong(t *testing.T) {
	session := kind{entry: "app.session", creator: "app.accept", file: "/src/app/s.go", line: 9, state: "select", perMinute: 60, runs: true}
	h := newProcess(4, append(background(), session)...).observe(watch{seconds: 240, interval: 1, dumpEvery: 5, traces: []float64{200, 220}})
	g := analyze.Gauge{Name: "app_sessions_active", Role: analyze.RoleWorkload}
	for at := 0.0; at <= 240; at += 15 {
		n := 500.0
		if at >= 120 {
			n = at - 120
		}
		g.Points = append(g.Points, growth.Point{T: at, N: n})
	}
	h.Gauges = append(h.Gauges, g)
	h.Restarts = []float64{120}
	if a := analyze.Detect(h, analyze.DefaultThresholds()); a.Verdict != analyze.GrowingWithLoad {
		t.Errorf("verdict %q, want %q\n%s", a.Verdict, analyze.GrowingWithLoad, describe(a))
	}
}
