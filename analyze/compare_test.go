package analyze

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
)

var askSite = goroutine.Site{Func: "shop.(*Quoter).Ask", Entry: "shop.(*Quoter).Ask.func1", File: "q.go", Line: 57, Exact: true}

// watchOf is an analysis of a watch that lasted secs.
func watchOf(secs float64, verdict Verdict, findings ...Finding) *Analysis {
	a := &Analysis{
		Verdict: verdict, Findings: findings,
		Window: Window{Start: time.Unix(0, 0).UTC(), End: time.Unix(int64(secs), 0).UTC(), Seconds: secs, Samples: int(secs), Scrapes: map[string]int{"stacks": 4}},
	}
	return a
}

func leakAt(site goroutine.Site, v Verdict, rate, low, high float64) Finding {
	return Finding{ID: Fingerprint(site), Site: site, Verdict: v, Severity: High, Rate: Rate{rate, low, high}, Count: Count{2, 2 + int(rate)}}
}

func quiet(a *Analysis, site goroutine.Site, n int, r *Rate) *Analysis {
	a.Inventory = append(a.Inventory, Inventory{Site: site, Class: ClassExpected, First: n, Last: n, Rate: r})
	return a
}

func TestCompare(t *testing.T) {
	leak := leakAt(askSite, Probable, 32, 30, 34)
	before := watchOf(120, Probable, leak)
	entryOnly := goroutine.Site{Func: askSite.Entry, Entry: askSite.Entry, File: "q.go", Line: 58}
	loop := goroutine.Site{Func: "shop.New", Entry: "shop.(*S).loop", Exact: true}
	loopEntry := goroutine.Site{Func: "shop.(*S).loop", Entry: "shop.(*S).loop"}
	stepped := leak
	stepped.Shape, stepped.Step = growth.Stepped, &growth.Step{Height: 16, Period: 300}
	stuck := leakAt(loop, Stuck, 0, 0, 0)
	noDumps := watchOf(120, Stable)
	noDumps.Window.Scrapes = map[string]int{"goroutine": 120}
	open := leakAt(askSite, Suspect, 32, math.Inf(-1), math.Inf(1))

	for _, tt := range []struct {
		name          string
		before, after *Analysis
		want          Outcome
		why           string // part of the reason
	}{
		{"site gone", before, watchOf(120, Stable), OutcomeFixed, "every leak"},
		{"site flat, fitted", before, quiet(watchOf(120, Stable), askSite, 4, &Rate{0.1, -0.5, 0.7}), OutcomeFixed, "long enough"},
		{"site flat, two counts", before, quiet(watchOf(120, Stable), askSite, 4, nil), OutcomeFixed, ""},
		{"site flat, many and noisy", before, quiet(watchOf(120, Stable), askSite, 900, nil), OutcomeInconclusive, "would not have shown"},
		{"after too short", before, watchOf(5, Stable), OutcomeInconclusive, "would not have shown in 5 s"},
		{"after of no length", before, watchOf(0, Stable), OutcomeInconclusive, ""},
		{"after inconclusive", before, watchOf(120, Inconclusive), OutcomeInconclusive, "second watch is inconclusive"},
		{"wide interval after", before, quiet(watchOf(120, Stable), askSite, 4, &Rate{1, -20, 22}), OutcomeInconclusive, "would not have shown"},
		{"open interval after", before, quiet(watchOf(120, Stable), askSite, 4, &Rate{0, math.Inf(-1), math.Inf(1)}), OutcomeInconclusive, ""},
		{"slower", before, watchOf(120, Probable, leakAt(askSite, Probable, 8, 7, 9)), OutcomeImproved, ""},
		{"same", before, watchOf(120, Probable, leakAt(askSite, Probable, 31, 29, 33)), OutcomeUnchanged, ""},
		{"faster", before, watchOf(120, Probable, leakAt(askSite, Probable, 60, 57, 63)), OutcomeWorse, "1 site"},
		{"line moved", before, watchOf(120, Probable, leakAt(goroutine.Site{Func: askSite.Func, Entry: "shop.(*Quoter).Ask.func3", Line: 99, Exact: true}, Probable, 32, 30, 34)), OutcomeUnchanged, ""},
		{"creator unknown after", before, watchOf(120, Probable, leakAt(entryOnly, Probable, 32, 30, 34)), OutcomeUnchanged, ""},
		{"named entry, creator unknown after", watchOf(120, Probable, leakAt(loop, Probable, 32, 30, 34)), watchOf(120, Probable, leakAt(loopEntry, Probable, 32, 30, 34)), OutcomeUnchanged, ""},
		{"new leak as sure", before, watchOf(120, Probable, leakAt(loop, Probable, 20, 18, 22)), OutcomeWorse, "new or faster"},
		{"new leak less sure", before, watchOf(120, Suspect, leakAt(loop, Suspect, 20, 18, 22)), OutcomeImproved, "1 site fixed"},
		{"new leak too slow for the first watch", before, watchOf(1200, Probable, leakAt(loop, Probable, 0.5, 0.4, 0.6)), OutcomeInconclusive, "may have been there"},
		{"one of two fixed", watchOf(120, Probable, leak, leakAt(loop, Probable, 20, 18, 22)), watchOf(120, Probable, leakAt(loop, Probable, 20, 18, 22)), OutcomeImproved, ""},
		{"no step in the second watch", watchOf(1200, Probable, stepped), watchOf(400, Stable), OutcomeInconclusive, "5 min"},
		{"two steps' time without one", watchOf(1200, Probable, stepped), watchOf(700, Stable), OutcomeFixed, ""},
		{"rate never bounded", watchOf(120, Suspect, open), watchOf(120, Stable), OutcomeFixed, ""},
		{"stuck freed", watchOf(120, Stuck, stuck), watchOf(120, Stable), OutcomeFixed, ""},
		{"stuck still", watchOf(120, Stuck, stuck), watchOf(120, Stuck, stuck), OutcomeUnchanged, ""},
		{"stuck, no dumps after", watchOf(120, Stuck, stuck), noDumps, OutcomeInconclusive, "no two dumps"},
		{"new stuck", before, watchOf(120, Stuck, stuck), OutcomeImproved, ""},
		{"leak from nothing", watchOf(120, Stable), watchOf(120, Probable, leak), OutcomeWorse, "new"},
		{"first inconclusive, then leak", watchOf(4, Inconclusive), watchOf(120, Probable, leak), OutcomeInconclusive, "first watch"},
		{"nothing in either", watchOf(120, Stable), watchOf(120, Stable), OutcomeInconclusive, "nothing to fix"},
		{"load is no leak", watchOf(120, GrowingWithLoad, leakAt(askSite, GrowingWithLoad, 32, 30, 34)), watchOf(120, Stable), OutcomeInconclusive, "nothing to fix"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Compare(tt.before, tt.after)
			if c.Verdict != tt.want || !strings.Contains(c.Why, tt.why) {
				t.Errorf("%s: %s, want %s: …%s…", c.Verdict, c.Why, tt.want, tt.why)
				for _, s := range c.Sites {
					t.Logf("%s %s: %s (before %+v, after %+v)", s.Verdict, s.Site.Site.Func, s.Why, s.Before, s.After)
				}
			}
		})
	}
}

// TestFixedSaysWhatItMissed: the rate that a fixed site may still have is stated and below the old one.
func TestFixedSaysWhatItMissed(t *testing.T) {
	c := Compare(watchOf(120, Probable, leakAt(askSite, Probable, 32, 30, 34)), watchOf(60, Stable))
	if len(c.Sites) != 1 || c.Sites[0].Verdict != OutcomeFixed {
		t.Fatalf("got %+v", c)
	}
	s := c.Sites[0]
	if s.Missed != 3 || !strings.Contains(s.Why, "more than 3.0 a minute would have shown") || !strings.Contains(s.Why, "same load") {
		t.Errorf("missed %v: %s", s.Missed, s.Why)
	}
}

func TestCompareHintsAtARenamedLeak(t *testing.T) {
	before, after := watchOf(120, Probable, leakAt(askSite, Probable, 32, 30, 34)), watchOf(120, Probable, leakAt(goroutine.Site{Func: "shop.Renamed", Entry: "shop.Renamed.func1", Exact: true}, Probable, 32, 30, 34))
	before.Total.Rate, after.Total.Rate = Rate{32, 30, 34}, Rate{31, 29, 33}
	if c := Compare(before, after); c.Verdict != OutcomeWorse || !strings.Contains(c.Why, "renamed") {
		t.Errorf("%s: %s", c.Verdict, c.Why)
	}
}

func TestFixedBelow(t *testing.T) {
	for _, tt := range []struct {
		rate Rate
		want float64
	}{
		{Rate{32, 30, 34}, 16}, {Rate{32, 10, 50}, 10}, {Rate{32, -3, 60}, 16}, {Rate{0, 0, 0}, 0}, {Rate{-4, -5, -3}, 0},
		{Rate{math.NaN(), 0, 0}, 0}, {Rate{math.Inf(1), 0, 0}, 0}, {Rate{32, math.Inf(-1), math.Inf(1)}, 16},
	} {
		if got := FixedBelow(tt.rate); got != tt.want {
			t.Errorf("FixedBelow(%v) = %v, want %v", tt.rate, got, tt.want)
		}
	}
	if got := SecondsToExclude(3); got != 60 {
		t.Errorf("SecondsToExclude(3) = %v, want 60", got)
	}
}
