package report

import (
	"strings"

	"github.com/logcap/logcap/analyze"
)

// fixes says per finding what ends it: the fix that was worked out from the
// source when there is one, else what is known of the mechanism.
func fixes(r *Report) []block {
	var out []block
	shown, said := map[string]int{}, map[string]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Verdict == analyze.GrowingWithLoad || f.Verdict == analyze.Stable {
			continue
		}
		out = append(out, subheading{say("Fix %d: %v", i+1, name(blame(f)))})
		if x := f.Fix; x == nil || x.Title == "" && x.Diff == nil && len(x.Steps) == 0 {
			out = append(append(out, fixPlace(f)), generalFix(f, said)...)
			continue
		}
		if f.Fix.Diff == nil {
			out = append(out, fixPlace(f))
		}
		out = append(append(out, ownFix(i+1, f.Fix, shown)...), inGeneral(f, said)...)
	}
	out = append(out, applying(r, shown)...)
	if len(out) == 0 {
		return []block{note("%s", undecided(r, "There is nothing to fix."))}
	}
	return out
}

// fixPlace is where to begin reading.
func fixPlace(f *analyze.Finding) block {
	if c := f.Cause; c != nil && c.File != "" {
		return para{c.Kind, say("Begin at %v.", place(c.File, c.Line))}
	}
	if f.Blocked.File != "" && (f.Blocked.File != f.Site.File || f.Blocked.Line != f.Site.Line) {
		return measured("Begin at %v, where the goroutines start, and %v, where they wait.", place(f.Site.File, f.Site.Line), place(f.Blocked.File, f.Blocked.Line))
	}
	return measured("Begin at %v, where the goroutines start.", place(f.Site.File, f.Site.Line))
}

// generalFix is what the table of mechanisms says: steps when the mechanism is
// decided, else a row a candidate.
func generalFix(f *analyze.Finding, said map[string]bool) []block {
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
	return append(out, notTheFix(f, said)...)
}

// inGeneral is what is left of the general advice beside a fix of our own: one line.
func inGeneral(f *analyze.Finding, said map[string]bool) []block {
	if undecidedMechanism(f) {
		return generalFix(f, said) // the fix is for the likeliest alone
	}
	return notTheFix(f, said)
}

// notTheFix warns of a WaitGroup, each reason once in a report.
func notTheFix(f *analyze.Finding, said map[string]bool) []block {
	var out []block
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
