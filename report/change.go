package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// maxOutput is how many lines of the compiler a document shows.
const maxOutput = 20

// ownFix is the change that was worked out from the source for finding n, from
// 1; shown are the diffs that were shown before, with their findings.
func ownFix(n int, x *analyze.Fix, shown map[string]int) []block {
	var out []block
	if x.Title != "" {
		t := append(text{{strong, "Fix:"}, {prose, " "}}, stated(x.Title)...)
		if x.Why != "" {
			t = append(append(t, span{prose, " "}), stated(x.Why)...)
		}
		out = append(out, para{analyze.Derived, t})
	}
	if x.Diff != nil && *x.Diff != "" {
		if before := shown[*x.Diff]; before > 0 {
			return append(out, derived("It is the same change as that of Fix %d, which is for both.", before))
		}
		shown[*x.Diff] = n
		out = append(out, diffBlocks(n, x)...)
	}
	if x.Output != "" {
		out = append(out, derived("What the compiler said of the change that was tried:"),
			listing{basis: analyze.Derived, lang: "text", lines: quoteLines(firstLines(x.Output))})
	}
	if len(x.Steps) > 0 {
		steps := make([]para, len(x.Steps))
		for i, s := range x.Steps {
			if why, ok := strings.CutPrefix(s, x.Title+" ("); ok && x.Title != "" { // the title again, and why there is no diff
				s = strings.TrimSuffix(why, ")")
			}
			steps[i] = para{analyze.Derived, sentence(shortNames(s))}
		}
		out = append(out, bullets{ordered: len(steps) > 1, items: steps})
	}
	return out
}

func firstLines(s string) []string {
	l := strings.Split(strings.TrimRight(s, "\n"), "\n")
	if len(l) > maxOutput {
		l = append(l[:maxOutput:maxOutput], fmt.Sprintf("… %d more lines", len(l)-maxOutput))
	}
	return l
}

// diffBlocks are the diff and what the compiler says of it.
func diffBlocks(n int, x *analyze.Fix) []block {
	var lines []string
	exact := true
	for l := range strings.Lines(*x.Diff) {
		c := cleanCode(l)
		exact = exact && c == strings.TrimSuffix(l, "\n")
		lines = append(lines, c)
	}
	out := []block{listing{basis: analyze.Derived, lang: "diff", lines: lines}}
	if !exact {
		out = append(out, derived("This diff holds characters that are not shown as they are (line ends of Windows, controls) and does not apply as it stands here: take it from the JSON report, %v.",
			name(fmt.Sprintf("findings[%d].fix.diff", n-1))))
	}
	switch {
	case x.Compiles == nil:
		return append(out, derived("Whether it compiles was not tried."))
	case *x.Compiles:
		return append(out, derived("`go build` accepts the packages that were read with this change. That it ends the leak is for the Validation Plan to show."))
	}
	return append(out, derived("`go build` does not accept it as it stands: it shows the idea."))
}

// cleanCode is clean for a line of source, whose tabs stay.
func cleanCode(l string) string {
	parts := strings.Split(strings.TrimRight(l, "\r\n"), "\t")
	for i := range parts {
		parts[i] = cleanTo(parts[i], 2000)
	}
	return strings.Join(parts, "\t")
}

// applying is how the diffs that were shown are applied; those that are known not to compile are left out.
func applying(r *Report, shown map[string]int) []block {
	var numbers []int
	files := map[string]int{}
	shared := false
	for diff, n := range shown {
		if x := r.Findings[n-1].Fix; x.Compiles != nil && !*x.Compiles {
			continue
		}
		numbers = append(numbers, n)
		for l := range strings.Lines(diff) {
			if to, ok := strings.CutPrefix(l, "+++ b/"); ok {
				files[to]++
				shared = shared || files[to] > 1
			}
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	slices.Sort(numbers)
	var sh []string
	for _, n := range numbers {
		sh = append(sh, fmt.Sprintf("git apply --check fix-%[1]d.diff && git apply fix-%[1]d.diff", n))
	}
	sh = append(sh, "go vet ./... && go test ./...")
	what := say("the diff as %v", name(fmt.Sprintf("fix-%d.diff", numbers[0])))
	if len(numbers) > 1 {
		what = say("each diff as %v (N is its number)", name("fix-N.diff"))
	}
	module := text{}
	if r.Tree != nil && r.Tree.Module != "" {
		module = say(" (module %v)", name(r.Tree.Module))
	}
	out := []block{subheading{say("How to apply")},
		advice("Save %v at the top of the source tree%v, read it as you would any change, and run there (`patch -p1` takes it as well):", what, module),
		listing{lang: "sh", lines: sh}}
	if shared {
		out = append(out, derived("Several of the diffs change one file, and each was made from the file as it was read: what `git apply` refuses after the first has to be changed by hand."))
	}
	return out
}
