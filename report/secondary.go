package report

import (
	"cmp"
	"slices"

	"github.com/logcap/logcap/analyze"
)

// secondary are the other findings, in the same form.
func secondary(r *Report) []block {
	if len(r.Findings) < 2 {
		return []block{measured("None.")}
	}
	var out []block
	for i := range r.Findings[1:] {
		out = append(out, findingBlocks(r, &r.Findings[i+1])...)
	}
	return out
}

// cleared are suspects that do not leak.
func cleared(r *Report) []block {
	if len(r.Cleared) == 0 && len(r.Inventory) == 0 {
		return []block{measured("None: the input holds counts and no stacks, so there is no suspect to clear.")}
	}
	if r.Verdict == analyze.Inconclusive {
		return []block{measured("None: too little was seen to clear a suspect.")}
	}
	if len(r.Cleared) == 0 {
		return noneCleared(r)
	}
	all := suspects(r.Cleared)
	t := table{head: []string{"Suspect", "At", "First", "Last", "Why it is cleared", "Basis"}, align: "llrrll"}
	for i, c := range all[:min(len(all), maxCleared)] {
		why := c.why
		if i > 0 && slices.Equal(why, all[i-1].why) {
			why = say("the same")
		}
		t.rows = append(t.rows, []text{{name(siteName(c.Site))}, {place(c.Site.File, c.Site.Line)},
			say("%s", grouped(float64(c.Count.First))), say("%s", grouped(float64(c.Count.Last))), why, say("%s", c.basis)})
	}
	out := []block{t}
	if n := len(all) - maxCleared; n > 0 {
		from, to := 0, 0
		for _, c := range all[maxCleared:] {
			from, to = from+c.Count.First, to+c.Count.Last
		}
		out = append(out, measured("%s more %s in the JSON report, with %s at first and %s at last in all.",
			grouped(float64(n)), does(n, "is", "are"), goroutines(from), grouped(float64(to))))
	}
	return out
}

// suspect is a row of the cleared: with what the profiles say, what the source says, or both.
type suspect struct {
	analyze.Cleared
	why   text
	basis string
}

// suspects are the cleared, those with most goroutines first; what profiles and
// source clear both is one.
func suspects(cleared []analyze.Cleared) []suspect {
	var out []suspect
	for _, c := range cleared {
		s := suspect{c, told(c.Why), string(cmp.Or(c.Kind, analyze.Measured))}
		same := slices.IndexFunc(out, func(x suspect) bool {
			return x.Site.Func == c.Site.Func && x.Kind != c.Kind && samePlace(x.Site.File, x.Site.Line, c.Site.File, c.Site.Line)
		})
		if same < 0 {
			out = append(out, s)
			continue
		}
		x := &out[same]
		x.why, x.basis = append(append(x.why, span{prose, "; "}), s.why...), x.basis+", "+s.basis
	}
	slices.SortStableFunc(out, func(a, b suspect) int {
		return cmp.Or(cmp.Compare(b.Count.Last, a.Count.Last), cmp.Compare(b.Count.First, a.Count.First))
	})
	return out
}

// maxCleared is how many cleared suspects a document lists, those with most goroutines first.
const maxCleared = 20

func noneCleared(r *Report) []block {
	if r.Tree != nil {
		return []block{derived("None: no `go` statement of the source that was read looks untracked, but for those of the findings.")}
	}
	return []block{measured("None listed: suspicious `go` statements are found in the source, which was not read. " +
		"Every site that holds goroutines and does not grow is in the inventory, with its counts.")}
}
