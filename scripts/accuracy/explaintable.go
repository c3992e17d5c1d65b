package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// explainTable is the result of explainAll as Markdown, with a line a case and the sums that bars are about.
func explainTable(all []explained) string {
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b explained) int { return cmp.Compare(a.name(), b.name()) })
	var b strings.Builder
	b.WriteString("| case | variant | mechanism | right | cause | right | diff compiles | patched and watched again |\n|---|---|---|---|---|---|---|---|\n")
	for _, o := range all {
		after := string(o.after)
		switch {
		case o.failure != "":
			after = "FAILED: " + strings.ReplaceAll(o.failure, "\n", " ")
		case !o.diff:
			after = "no diff"
		}
		cause := yes(o.atCause)
		if !o.atCause && o.listed {
			cause = "a candidate"
		}
		compiles := ""
		if o.diff {
			compiles = yes(o.compiles)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", o.name(), o.variant, o.mechanism, yes(o.right), o.cause, cause, compiles, after)
	}
	s := sum(all)
	fmt.Fprintf(&b, "\n%d cases: mechanism right in %d, cause line right in %d (among the candidates in %d), a diff in %d, of which %d compile and %d, patched and watched again, are fixed.\n",
		s.cases, s.mechanism, s.cause, s.listed, s.diffs, s.compile, s.fixed)
	fmt.Fprintf(&b, "%d of %d mechanisms have a diff that fixes at least one case; %d of %d programs are fixed in every case.\n",
		s.fixing, s.mechanisms, s.programsFixed, s.programs)
	fmt.Fprintf(&b, "The report with the source took %.1f s at most.\n", s.slowest)
	return b.String()
}

type explainSum struct {
	cases, mechanism, cause, listed, diffs, compile, fixed int
	mechanisms, fixing, programs, programsFixed            int
	slowest                                                float64
}

func sum(all []explained) explainSum {
	var s explainSum
	fixing, programs, missed := map[string]bool{}, map[string]bool{}, map[string]bool{}
	mechanisms := map[string]bool{}
	for _, o := range all {
		s.cases++
		programs[o.Program] = true
		mechanisms[o.expected] = true
		s.mechanism += boolInt(o.right)
		s.cause += boolInt(o.atCause)
		s.listed += boolInt(o.listed)
		s.diffs += boolInt(o.diff)
		s.compile += boolInt(o.compiles)
		s.slowest = max(s.slowest, o.seconds)
		if o.after == analyze.OutcomeFixed {
			s.fixed++
			fixing[o.expected] = true
		} else {
			missed[o.Program] = true
		}
	}
	s.mechanisms, s.fixing, s.programs, s.programsFixed = len(mechanisms), len(fixing), len(programs), len(programs)-len(missed)
	return s
}
