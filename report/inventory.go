package report

import (
	"sort"

	"github.com/logcap/logcap/analyze"
)

// maxSites is how many sites of a class a document lists; the rest is one line.
const maxSites = 100

// inventory is every site by class. Its sums are the totals: what the sites do
// not account for is a line of its own.
func inventory(r *Report) []block {
	if len(r.Inventory) == 0 {
		return []block{measured("None: the input holds counts and no stacks.")}
	}
	classes := []struct {
		class analyze.Class
		title string
	}{
		{analyze.ClassGrowing, "Growing"},
		{analyze.ClassStuck, "Stuck"},
		{analyze.ClassExpected, "Expected (stable)"},
		{analyze.ClassRuntime, "Runtime"},
	}
	var out []block
	sums := table{basis: analyze.Measured, head: []string{"Class", "Sites", "First", "Last", "Change"}, align: "lrrrr"}
	first, last := 0, 0
	for _, c := range classes {
		lines := ofClass(r.Inventory, c.class)
		if len(lines) == 0 {
			continue
		}
		t, f, l := classTable(lines)
		out = append(out, subheading{say("%s", c.title)}, t)
		sums.rows = append(sums.rows, sumRow(say("%s", c.title), len(lines), f, l))
		first, last = first+f, last+l
	}
	if first != r.Total.First || last != r.Total.Last {
		sums.rows = append(sums.rows, sumRow(say("Not attributed to a site"), 0, r.Total.First-first, r.Total.Last-last))
	}
	sums.rows = append(sums.rows, sumRow(text{bold("Total")}, len(r.Inventory), r.Total.First, r.Total.Last))
	return append(append(out, subheading{say("Sums")}), sums)
}

func sumRow(what text, sites, first, last int) []text {
	return []text{what, say("%d", sites), say("%s", grouped(float64(first))), say("%s", grouped(float64(last))), say("%s", signed(last-first))}
}

// ofClass is the class's sites, the largest at the end of the watch first. A
// class of no known name counts as expected, so that nothing is lost from the sums.
func ofClass(all []analyze.Inventory, c analyze.Class) []analyze.Inventory {
	var out []analyze.Inventory
	for _, i := range all {
		known := i.Class == analyze.ClassGrowing || i.Class == analyze.ClassStuck || i.Class == analyze.ClassRuntime
		if i.Class == c || c == analyze.ClassExpected && !known {
			out = append(out, i)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		if out[i].Last != out[j].Last {
			return out[i].Last > out[j].Last
		}
		return out[i].Site.Entry < out[j].Site.Entry
	})
	return out
}

func classTable(lines []analyze.Inventory) (t table, first, last int) {
	t = table{basis: analyze.Measured, head: []string{"Site", "At", "First", "Last", "Change"}, align: "llrrr"}
	restFirst, restLast, rest, between := 0, 0, 0, 0
	for _, l := range lines {
		first, last = first+l.First, last+l.Last
		if l.First == 0 && l.Last == 0 {
			between++
			continue
		}
		if len(t.rows) >= maxSites {
			rest++
			restFirst, restLast = restFirst+l.First, restLast+l.Last
			continue
		}
		t.rows = append(t.rows, []text{{name(siteName(l.Site))}, {place(l.Site.File, l.Site.Line)},
			say("%s", grouped(float64(l.First))), say("%s", grouped(float64(l.Last))), say("%s", signed(l.Last-l.First))})
	}
	if between > 0 {
		t.rows = append(t.rows, []text{say("%d seen only in between", between), {}, say("0"), say("0"), say("0")})
	}
	if rest > 0 {
		t.rows = append(t.rows, []text{say("%d more sites", rest), {}, say("%s", grouped(float64(restFirst))), say("%s", grouped(float64(restLast))), say("%s", signed(restLast-restFirst))})
	}
	return t, first, last
}
