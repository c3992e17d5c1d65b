package report

import (
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// fixes says per finding what ends it: the fix that was worked out from the
// source when there is one, else what is known of the mechanism.
func fixes(r *Report) []block {
	var out []block
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Verdict == analyze.GrowingWithLoad || f.Verdict == analyze.Stable {
			continue
		}
		out = append(out, subheading{say("Fix %d: %v", i+1, name(blame(f)))}, fixPlace(f))
		if f.Fix != nil {
			out = append(out, ownFix(f.Fix)...)
		}
		out = append(out, generalFix(f)...)
	}
	if len(out) == 0 {
		return []block{note("%s", undecided(r, "There is nothing to fix."))}
	}
	return out
}

// fixPlace is where to begin reading.
func fixPlace(f *analyze.Finding) block {
	if c := f.Cause; c != nil && c.File != "" {
		return measured("Begin at %v.", place(c.File, c.Line))
	}
	if f.Blocked.File != "" && (f.Blocked.File != f.Site.File || f.Blocked.Line != f.Site.Line) {
		return measured("Begin at %v, where the goroutines start, and %v, where they wait.", place(f.Site.File, f.Site.Line), place(f.Blocked.File, f.Blocked.Line))
	}
	return measured("Begin at %v, where the goroutines start.", place(f.Site.File, f.Site.Line))
}

func ownFix(x *analyze.Fix) []block {
	out := []block{para{analyze.Derived, text{words(x.Title)}}}
	var steps []para
	for _, s := range x.Steps {
		steps = append(steps, para{analyze.Derived, text{words(s)}})
	}
	if len(steps) > 0 {
		out = append(out, bullets{ordered: true, items: steps})
	}
	if x.Diff != nil {
		var lines []string
		for l := range strings.Lines(*x.Diff) {
			lines = append(lines, cleanCode(l))
		}
		out = append(out, listing{basis: analyze.Derived, lang: "diff", lines: lines})
	}
	if x.Compiles != nil {
		if *x.Compiles {
			out = append(out, derived("`go build` accepts it."))
		} else {
			out = append(out, derived("`go build` does not accept it as it stands."))
		}
	}
	return out
}

// cleanCode is clean for a line of source, whose tabs stay.
func cleanCode(l string) string {
	parts := strings.Split(strings.TrimRight(l, "\r\n"), "\t")
	for i := range parts {
		parts[i] = cleanTo(parts[i], 2000)
	}
	return strings.Join(parts, "\t")
}

// generalFix is what the table of mechanisms says: steps when the mechanism is
// decided, else a row a candidate.
func generalFix(f *analyze.Finding) []block {
	var out []block
	if len(f.Candidates) > 0 {
		t := table{basis: analyze.Advice, head: []string{"If it is", "then"}, align: "ll"}
		for _, m := range mechanisms(f) {
			t.rows = append(t.rows, []text{{name(string(m))}, {{prose, strings.Join(guide(m).fix, " ")}}})
		}
		out = append(out, t)
	} else {
		items := make([]para, 0, 3)
		for _, s := range guide(f.Mechanism).fix {
			items = append(items, para{analyze.Advice, text{{prose, s}}})
		}
		out = append(out, bullets{ordered: true, items: items})
	}
	said := map[string]bool{}
	for _, m := range mechanisms(f) {
		if s := guide(m).waitGroup; !said[s] {
			said[s] = true
			out = append(out, para{analyze.Advice, text{{strong, "Not the fix:"}, {prose, " " + s}}})
		}
	}
	return out
}

func undecided(r *Report, clean string) string {
	if r.Verdict == analyze.Inconclusive {
		return "None yet: whether anything leaks, and where, has to be decided first."
	}
	return clean
}

// mechanisms are what the finding may be: its mechanism where one is named, and
// the candidates that profiles cannot tell from it.
func mechanisms(f *analyze.Finding) []analyze.Mechanism {
	if len(f.Candidates) == 0 {
		return []analyze.Mechanism{f.Mechanism}
	}
	if f.Mechanism == analyze.Unknown || slices.Contains(f.Candidates, f.Mechanism) {
		return f.Candidates
	}
	return append([]analyze.Mechanism{f.Mechanism}, f.Candidates...)
}

// prevention is the rules the findings break, each mechanism once.
func prevention(r *Report) []block {
	seen := map[analyze.Mechanism]bool{}
	var items []para
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Verdict == analyze.GrowingWithLoad || f.Verdict == analyze.Stable {
			continue
		}
		for _, m := range mechanisms(f) {
			if seen[m] {
				continue
			}
			seen[m] = true
			items = append(items, para{analyze.Advice, text{{code, string(m)}, {prose, ": " + strings.Join(guide(m).prevent, " ")}}})
		}
	}
	if len(items) == 0 {
		return []block{note("%s", undecided(r, "No rule was seen broken."))}
	}
	return []block{bullets{items: items}}
}
