package main

import (
	"testing"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/report"
)

var (
	marked10   = goroutine.Site{Func: "main.(*box).fill", File: "/src/testdata/leaky/box/main.go", Line: 10, Entry: "main.(*box).fill.func1", Exact: true}
	elsewhere  = goroutine.Site{Func: "main.serve", File: "/src/testdata/leaky/box/main.go", Line: 90, Entry: "main.serve.func1", Exact: true}
	readLoop   = goroutine.Site{Func: "net/http.(*Transport).dialConn", File: "net/http/transport.go", Line: 1900, Entry: "net/http.(*persistConn).readLoop"}
	serverSide = goroutine.Site{Func: "net/http.(*Server).Serve", File: "net/http/server.go", Line: 3400, Entry: "net/http.(*conn).serve"}
)

// at is a report whose findings are at sites, each with the verdict before it.
func at(findings ...analyze.Finding) *report.Report {
	r := &report.Report{Schema: report.Schema, Verdict: analyze.Stable, Findings: findings}
	for _, f := range findings {
		if rank(f.Verdict) > rank(r.Verdict) {
			r.Verdict = f.Verdict
		}
	}
	return r
}

func finding(v analyze.Verdict, s goroutine.Site, m analyze.Mechanism, rate float64) analyze.Finding {
	return analyze.Finding{Verdict: v, Site: s, Mechanism: m, Rate: analyze.Rate{Value: rate}}
}

func TestJudge(t *testing.T) {
	line := truth{class: growing, places: []place{{file: "box/main.go", line: 10}}, mechanisms: []string{"timer-loop"}, perMinute: 30}
	launched := truth{class: growing, places: []place{{file: "box/main.go", line: 70, fn: "main.(*box).fill"}}, mechanisms: []string{"n-cast"}, needsSource: true}
	library := truth{class: growing, library: []string{"net/http.(*persistConn).readLoop"}, peer: "net/http.(*conn).serve", mechanisms: []string{"client-per-call"}, needsSource: true}
	hung := truth{class: stuck, places: line.places, mechanisms: []string{"missing-unlock"}}
	creators := finding(analyze.Probable, goroutine.Site{Func: "main.work", File: "/src/box/main.go", Line: 5}, "timer-loop", 30)
	creators.Creators = []analyze.Creator{{Position: analyze.Position{Func: "main.main", File: "/src/box/main.go", Line: 10}, Count: 3}}
	pair := finding(analyze.Probable, elsewhere, "timer-loop", 30)
	pair.Sites = []goroutine.Site{marked10}
	closure := marked10
	closure.Func += ".func2"
	namesake := marked10
	namesake.Func, namesake.Line = namesake.Func+"er", 11
	otherFile := marked10
	otherFile.File = "/src/testdata/leaky/inbox/main.go"

	for _, test := range []struct {
		name   string
		t      truth
		go127  bool
		r      *report.Report
		found  bool
		atSite analyze.Verdict
		named  naming
		others int
	}{
		{"at its line", line, false, at(finding(analyze.Probable, marked10, "timer-loop", 30)), true, "probable", right, 0},
		{"proven", line, false, at(finding(analyze.Confirmed, marked10, "timer-loop", 30)), true, "confirmed", right, 0},
		{"only suspected", line, false, at(finding(analyze.Suspect, marked10, "timer-loop", 30)), false, "suspect", right, 0},
		{"growing and called stuck", line, false, at(finding(analyze.Stuck, marked10, "timer-loop", 30)), false, "stuck", right, 0},
		{"at another line", line, false, at(finding(analyze.Probable, elsewhere, "timer-loop", 30)), false, "", unnamed, 1},
		{"same line of another file", line, false, at(finding(analyze.Probable, otherFile, "timer-loop", 30)), false, "", unnamed, 1},
		{"a suspicion elsewhere accuses nobody", line, false, at(finding(analyze.Suspect, elsewhere, "timer-loop", 30)), false, "", unnamed, 0},
		{"no finding", line, false, at(), false, "", unnamed, 0},
		{"the best of two counts", line, false, at(finding(analyze.Probable, marked10, "timer-loop", 10), finding(analyze.Suspect, marked10, "n-cast", 20)), true, "probable", right, 0},
		{"the best of two, later", line, false, at(finding(analyze.Suspect, marked10, "n-cast", 20), finding(analyze.Probable, marked10, "timer-loop", 10)), true, "probable", right, 0},
		{"among several creators", line, false, at(creators), true, "probable", right, 0},
		{"among the sites of one finding", line, false, at(pair), true, "probable", right, 0},
		{"called something else", line, false, at(finding(analyze.Probable, marked10, "n-cast", 30)), true, "probable", wrong, 0},
		{"left open, where no source is needed", line, false, at(finding(analyze.Probable, marked10, "unknown", 30)), true, "probable", wrong, 0},
		{"left open, where it is", launched, false, at(finding(analyze.Probable, marked10, "unknown", 30)), true, "probable", open, 0},
		{"called something else, where it is", launched, false, at(finding(analyze.Probable, marked10, "timer-loop", 30)), true, "probable", wrong, 0},
		{"the launching function is enough", launched, false, at(finding(analyze.Probable, marked10, "n-cast", 30)), true, "probable", right, 0},
		{"a closure of the launching function", launched, false, at(finding(analyze.Probable, closure, "n-cast", 30)), true, "probable", right, 0},
		{"a function whose name goes on", launched, false, at(finding(analyze.Probable, namesake, "n-cast", 30)), false, "", unnamed, 1},
		{"in a library", library, false, at(finding(analyze.Probable, readLoop, "client-per-call", 30)), true, "probable", right, 0},
		{"the server's end is no accusation", library, false, at(finding(analyze.Probable, readLoop, "unknown", 30), finding(analyze.Probable, serverSide, "unknown", 30)), true, "probable", open, 0},
		{"stuck", hung, false, at(finding(analyze.Stuck, marked10, "missing-unlock", 0)), true, "stuck", right, 0},
		{"stuck and called growing", hung, false, at(finding(analyze.Probable, marked10, "missing-unlock", 0)), false, "probable", right, 0},
		{"stuck beside growing", hung, false, at(finding(analyze.Probable, marked10, "n-cast", 0), finding(analyze.Stuck, marked10, "missing-unlock", 0)), true, "stuck", right, 0},
		{"Go 1.27 proves", line, true, at(finding(analyze.Confirmed, marked10, "timer-loop", 30)), true, "confirmed", right, 0},
		{"Go 1.27 did not", line, true, at(finding(analyze.Probable, marked10, "timer-loop", 30)), false, "probable", right, 0},
		{"healthy and accused", truth{class: fine}, false, at(finding(analyze.Stuck, marked10, "n-cast", 0)), false, "", unnamed, 1},
		{"healthy and suspected", truth{class: fine}, false, at(finding(analyze.Suspect, marked10, "n-cast", 0)), false, "", unnamed, 0},
	} {
		o := judge(testCase{Program: "box", Go127: test.go127}, test.t, test.r)
		if o.found != test.found || o.atSite != test.atSite || o.named != test.named || len(o.others) != test.others {
			t.Errorf("%s: found %v, %q at its site, named %q, others %q; want %v, %q, %q, %d",
				test.name, o.found, o.atSite, o.named, o.others, test.found, test.atSite, test.named, test.others)
		}
	}
}

func TestJudgeAddsRatesOfOneLeak(t *testing.T) {
	line := truth{class: growing, places: []place{{file: "box/main.go", line: 10}}}
	o := judge(testCase{}, line, at(finding(analyze.Probable, marked10, "n-cast", 12), finding(analyze.Probable, elsewhere, "n-cast", 100), finding(analyze.Suspect, marked10, "n-cast", 5)))
	if o.rate != 17 {
		t.Errorf("the rate is %v, want 17", o.rate)
	}
}

func TestBlame(t *testing.T) {
	to := truth{causes: []string{"main.(*box).fill"}}
	cause := analyze.Finding{Cause: &analyze.Cause{Func: "main.(*box).fill.func1"}}
	candidate := analyze.Finding{Cause: &analyze.Cause{Candidates: []analyze.Candidate{{Position: analyze.Position{Func: "main.(*box).fill"}}}}}
	lineage := analyze.Finding{Lineage: []analyze.Ancestor{{Position: analyze.Position{Func: "main.(*box).fill"}}}}
	nobody := analyze.Finding{Cause: &analyze.Cause{Func: "main.(*box).filler"}}
	for name, f := range map[string]*analyze.Finding{"cause": &cause, "candidate": &candidate, "lineage": &lineage} {
		if !to.blames(f) {
			t.Errorf("the %s is not seen", name)
		}
	}
	if to.blames(&nobody) {
		t.Error("another function is taken for the one to blame")
	}
}
