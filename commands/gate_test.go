package commands

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/report"
)

func verdicts(name string, worst analyze.Verdict, findings ...analyze.Verdict) *report.Report {
	r := &report.Report{Target: analyze.Target{Name: name}, Verdict: worst}
	for i, v := range findings {
		r.Findings = append(r.Findings, analyze.Finding{
			ID: fmt.Sprint("id", i), Verdict: v,
			Site: goroutine.Site{Func: "shop.ask", File: "shop/order.go", Line: 12, Entry: "shop.ask.func1"},
		})
	}
	return r
}

func TestGateByLevel(t *testing.T) {
	for _, tt := range []struct {
		failOn  string
		verdict analyze.Verdict
		want    int
	}{
		{"", analyze.Confirmed, exitDone},
		{"", analyze.Inconclusive, exitDone},
		{"confirmed", analyze.Confirmed, exitFindings},
		{"confirmed", analyze.Probable, exitDone},
		{"confirmed", analyze.Stuck, exitDone},
		{"probable", analyze.Confirmed, exitFindings},
		{"probable", analyze.Probable, exitFindings},
		{"probable", analyze.Stuck, exitFindings},
		{"probable", analyze.Suspect, exitDone},
		{"probable", analyze.GrowingWithLoad, exitDone},
		{"suspect", analyze.Suspect, exitFindings},
		{"suspect", analyze.Stuck, exitFindings},
		{"suspect", analyze.GrowingWithLoad, exitDone},
		{"suspect", analyze.Inconclusive, exitFailed},
	} {
		t.Run(tt.failOn+" "+string(tt.verdict), func(t *testing.T) {
			g := gate{failOn: tt.failOn}
			if err := g.prepare(); err != nil {
				t.Fatal(err)
			}
			r := verdicts("app", tt.verdict, tt.verdict)
			if got := exitCode(g.judge([]*report.Report{r})); got != tt.want {
				t.Errorf("exit code %d, want %d", got, tt.want)
			}
		})
	}
}

func TestGateFindingsOutrankWhatCouldNotBeSaid(t *testing.T) {
	g := gate{failOn: "probable"}
	if err := g.prepare(); err != nil {
		t.Fatal(err)
	}
	err := g.judge([]*report.Report{
		verdicts("silent", analyze.Inconclusive),
		verdicts("leaky", analyze.Probable, analyze.Probable),
	})
	if got := exitCode(err); got != exitFindings {
		t.Errorf("exit code %d, want %d: %v", got, exitFindings, err)
	}
}

func TestGateIgnores(t *testing.T) {
	for _, tt := range []struct {
		pattern string
		want    int
	}{
		{`^shop\.ask$`, exitDone},
		{`ask\.func1`, exitDone},
		{`order\.go:12$`, exitDone},
		{`order\.go:1$`, exitFindings},
		{`^$`, exitFindings}, // matches no place, not every place
	} {
		g := gate{failOn: "probable", ignore: []string{tt.pattern}}
		if err := g.prepare(); err != nil {
			t.Fatal(err)
		}
		r := verdicts("app", analyze.Probable, analyze.Probable)
		if got := exitCode(g.judge([]*report.Report{r})); got != tt.want {
			t.Errorf("--ignore %q: exit code %d, want %d", tt.pattern, got, tt.want)
		}
	}
}

func TestGateBaseline(t *testing.T) {
	for _, tt := range []struct {
		name, json string
		want       int // of a report with findings id0 and id1
	}{
		{"both known", `{"schema":"logcap.report/1","findings":[{"id":"id0"},{"id":"id1"}]}`, exitDone},
		{"one is new", `{"schema":"logcap.report/1","findings":[{"id":"id0"}]}`, exitFindings},
		{"several reports", `{"schema":"logcap.reports/1","reports":[{"schema":"logcap.report/1","findings":[{"id":"id0"}]},{"schema":"logcap.report/1","findings":[{"id":"id1"}]}]}`, exitDone},
		{"no report", `{"findings":[{"id":"id0"},{"id":"id1"}]}`, exitUsage},
		{"no JSON", `# Goroutine leak report`, exitUsage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "before.json")
			if err := os.WriteFile(file, []byte(tt.json), 0o600); err != nil {
				t.Fatal(err)
			}
			g := gate{failOn: "probable", baseline: file}
			err := g.prepare()
			if err == nil {
				err = g.judge([]*report.Report{verdicts("app", analyze.Probable, analyze.Probable, analyze.Stuck)})
			}
			if got := exitCode(err); got != tt.want {
				t.Errorf("exit code %d, want %d: %v", got, tt.want, err)
			}
		})
	}
}

func TestGateRefuses(t *testing.T) {
	for _, g := range []gate{
		{failOn: "stable"},
		{failOn: "probable", ignore: []string{"("}},
		{failOn: "probable", baseline: filepath.Join(t.TempDir(), "absent.json")},
		{baseline: "x.json"},
		{ignore: []string{"x"}},
	} {
		var usage errUsage
		if err := g.prepare(); !errors.As(err, &usage) {
			t.Errorf("%+v: got %v, want a usage error", g, err)
		}
	}
}
