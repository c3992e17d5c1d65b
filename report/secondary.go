package report

import "github.com/logcap/logcap/analyze"

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
		return []block{measured("None listed: suspicious `go` statements are found in the source, which was not read. " +
			"Every site that holds goroutines and does not grow is in the inventory, with its counts.")}
	}
	t := table{basis: analyze.Measured, head: []string{"Suspect", "At", "First", "Last", "Why it is cleared"}, align: "llrrl"}
	for _, c := range r.Cleared {
		t.rows = append(t.rows, []text{{name(siteName(c.Site))}, {place(c.Site.File, c.Site.Line)},
			say("%s", grouped(float64(c.Count.First))), say("%s", grouped(float64(c.Count.Last))), {words(c.Why)}})
	}
	return []block{t}
}
