package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/report"
)

// perfect is a run in which every bar holds.
func perfect() result {
	r := result{logcap: "logcap test", folder: "/kept", watched: true, parallel: 2, wall: time.Minute}
	for _, k := range []class{growing, stuck} {
		v := map[class]analyze.Verdict{growing: analyze.Probable, stuck: analyze.Stuck}[k]
		r.outcomes = append(r.outcomes, outcome{testCase: testCase{Program: string(k), Style: "wg", Seed: 1}, class: k, verdict: v, atSite: v, found: true, named: right, mechanism: "n-cast", samples: 120, wanted: 120})
	}
	for range suspectsAllowed {
		r.outcomes = append(r.outcomes, outcome{testCase: testCase{Program: "calm", Kind: healthy, Style: "func", Seed: 2}, class: fine, verdict: analyze.Stable})
	}
	return r
}

func TestBars(t *testing.T) {
	last := func(r *result) *outcome { return &r.outcomes[len(r.outcomes)-1] }
	for _, test := range []struct {
		name   string
		change func(*result)
		broken string // what the bar that no longer holds begins with; "" for none
	}{
		{"perfect", func(*result) {}, ""},
		{"one in fourteen suspected", func(r *result) { last(r).verdict = analyze.Suspect }, ""},
		{"two in fourteen suspected", func(r *result) {
			last(r).verdict = analyze.Suspect
			r.outcomes[2].verdict = analyze.Suspect
		}, "healthy services below"},
		{"an undecidable one suspected as well", func(r *result) {
			last(r).verdict = analyze.Suspect
			r.outcomes = append(r.outcomes, outcome{class: fine, verdict: analyze.Suspect, undecidable: true})
		}, ""},
		{"growing with load is no accusation", func(r *result) {
			last(r).verdict = analyze.GrowingWithLoad
			r.outcomes[2].verdict = analyze.Inconclusive
		}, ""},
		{"a healthy one accused", func(r *result) { last(r).verdict = analyze.Probable }, "healthy services not above"},
		{"an undecidable one accused", func(r *result) {
			r.outcomes = append(r.outcomes, outcome{class: fine, verdict: analyze.Stuck, undecidable: true})
		}, "healthy services not above"},
		{"a leak missed", func(r *result) { r.outcomes[0].found = false }, "leaks found"},
		{"a stuck one missed", func(r *result) { r.outcomes[1].found = false }, "stuck ones found"},
		{"a mechanism misnamed", func(r *result) { r.outcomes[0].named = wrong }, "mechanisms named"},
		{"a mechanism that needs source misnamed", func(r *result) { r.outcomes[0].named, r.outcomes[0].needsSource = wrong, true }, ""},
		{"not proven by Go 1.27", func(r *result) { r.outcomes[0].Go127, r.outcomes[0].found = true, false }, "built with Go 1.27"},
		{"a watch that the machine starved", func(r *result) { r.outcomes[0].samples = 60 }, "watches that got"},
		{"a watch with a few samples less", func(r *result) { r.outcomes[0].samples = 90 }, ""},
		{"a case without a report", func(r *result) { last(r).failure = "report.json: no such file" }, "cases ran"},
	} {
		r := perfect()
		test.change(&r)
		var broken []string
		for _, b := range r.bars() {
			if !b.holds {
				broken = append(broken, b.what)
			}
		}
		switch {
		case test.broken == "" && len(broken) == 0 && r.holds():
		case test.broken != "" && len(broken) == 1 && strings.HasPrefix(broken[0], test.broken) && !r.holds():
		default:
			t.Errorf("%s: broken %q, want %q", test.name, broken, test.broken)
		}
	}
	if empty := (result{}); empty.holds() {
		t.Error("a run without cases reached its bars")
	}
}

func TestMarkdownShowsWhatWasMissed(t *testing.T) {
	r := perfect()
	r.outcomes[0].found, r.outcomes[0].atSite, r.outcomes[0].site = false, analyze.Suspect, "box/main.go:7 main.fill[a|b]\n"
	r.outcomes[0].recording = "leaky-wg-1/recording"
	r.outcomes[2].failure = "leak-watch: exit status 1: no route"
	document := r.markdown()
	for _, want := range []string{
		"| leaks found, PROBABLE or better, at their go statement | 0 ",
		`- leaky-wg-1: only suspect at box/main.go:7 main.fill[a\|b] `,
		filepath.Join("/kept", "leaky-wg-1", "recording"),
		"- calm-func-2: leak-watch: exit status 1: no route",
		"| healthy | 0         | 0        | 0     | 0       | 0                 | 0            | 13     |",
		"| failed ",
	} {
		if !strings.Contains(strings.Join(strings.Fields(document), " "), strings.Join(strings.Fields(want), " ")) {
			t.Errorf("the document lacks %q:\n%s", want, document)
		}
	}
	whole := perfect()
	if document := whole.markdown(); !strings.Contains(document, "## Misses\n\nNone.") {
		t.Errorf("a perfect run has misses:\n%s", document)
	}
}

func TestMatrix(t *testing.T) {
	m := matrix{seeds: []uint64{1, 2, 3}, styles: []string{"func", "method", "wg"}, go127: true}
	all := m.cases([]string{"box", "client-per-call"}, []string{"calm"})
	if want := 2*9 + 3 + 2*3; len(all) != want {
		t.Fatalf("%d cases, want %d", len(all), want)
	}
	names := map[string]bool{}
	noisy := map[kind]int{}
	for i, c := range all {
		if names[c.name()] {
			t.Errorf("%s is there twice", c.name())
		}
		names[c.name()] = true
		if c.Noise {
			noisy[c.Kind]++
		}
		if c.long() != (i < 9) {
			t.Errorf("%s is at %d: the long ones come first", c.name(), i)
		}
	}
	if noisy[leaky] != 9 || noisy[healthy] != 1 {
		t.Errorf("with noise: %v, want half", noisy)
	}
}

func TestConclude(t *testing.T) {
	folder := t.TempDir()
	c := testCase{Program: "calm", Kind: healthy, Style: "func", Seed: 1}
	dir := filepath.Join(folder, c.name())
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if o := conclude(root, folder, c, errors.New("no route")); o.failure != "no route" || o.class != fine {
		t.Errorf("a case that failed: %+v", o)
	}
	if o := conclude(root, folder, c, nil); o.failure == "" {
		t.Error("a case without case.json has an outcome")
	}
	if err := write(filepath.Join(dir, "case.json"), about{Case: c, Seconds: 60, Interval: 0.5}); err != nil {
		t.Fatal(err)
	}
	if o := conclude(root, folder, c, nil); o.failure == "" {
		t.Error("a case without report.json has an outcome")
	}
	for schema, good := range map[string]bool{"logcap.reports/1": false, report.Schema: true} {
		if err := write(filepath.Join(dir, "report.json"), report.Report{Schema: schema, Verdict: analyze.Stable, Window: analyze.Window{Samples: 100}}); err != nil {
			t.Fatal(err)
		}
		o := conclude(root, folder, c, nil)
		if (o.failure == "") != good {
			t.Errorf("schema %q: failure %q", schema, o.failure)
		}
		if good && (o.verdict != analyze.Stable || o.samples != 100 || o.wanted != 120 || o.recording != "calm-func-1/recording") {
			t.Errorf("schema %q: %+v", schema, o)
		}
	}
	cases, err := kept(folder)
	if err != nil || len(cases) != 1 || cases[0] != c {
		t.Errorf("kept: %v, %v", cases, err)
	}
}
