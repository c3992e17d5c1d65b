package analyze_test

import (
	"fmt"
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
)

func goState(s string) goroutine.State { return goroutine.State(s) }

// describe prints an analysis for a failed test.
func describe(a *analyze.Analysis) string {
	var b strings.Builder
	for _, f := range a.Findings {
		fmt.Fprintf(&b, "%s %s %s in %q, %d -> %d, %.1f/min\n", f.Verdict, f.Mechanism, f.Site.Func, f.State, f.Count.First, f.Count.Last, f.Rate.Value)
		for _, e := range f.Evidence {
			fmt.Fprintf(&b, "\t%s: %s\n", e.Kind, e.Text)
		}
	}
	for _, c := range a.Cleared {
		fmt.Fprintf(&b, "cleared %s: %s\n", c.Site.Entry, c.Why)
	}
	return b.String()
}
