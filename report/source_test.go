package report

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"

	"github.com/logcap/logcap/analyze"
)

func markdownOf(t *testing.T, a analyze.Analysis) string {
	t.Helper()
	return string(written(t, func(b *bytes.Buffer) error { return WriteMarkdown(b, New(a, Tool{}, nil, "logcap report R")) }))
}

// has fails for each sentence that is not there, lacks for each that is.
func has(t *testing.T, md string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(md, w) {
			t.Errorf("the report does not say %q", w)
		}
	}
}

func lacks(t *testing.T, md string, never ...string) {
	t.Helper()
	for _, n := range never {
		if strings.Contains(md, n) {
			t.Errorf("the report says %q", n)
		}
	}
}

// TestDiffIsWhatApplies: what a reader copies out of the Markdown is the diff, byte for byte.
func TestDiffIsWhatApplies(t *testing.T) {
	for name, a := range explainedFixtures() {
		if name == "source-hostile" {
			continue
		}
		source := []byte(markdownOf(t, a))
		var shown []string
		walk(t, parsed(source), func(n ast.Node) {
			if f, ok := n.(*ast.FencedCodeBlock); ok && string(f.Language(source)) == "diff" {
				shown = append(shown, string(f.Lines().Value(source)))
			}
		})
		for _, f := range a.Findings {
			if f.Fix != nil && f.Fix.Diff != nil && !slices.Contains(shown, *f.Fix.Diff) {
				t.Errorf("%s: the diff of %s is not shown as it is", name, f.Site.Func)
			}
		}
	}
	a := prematureReturn()
	a.Findings[0].Fix.Diff = ptr(strings.ReplaceAll(askDiff, "\n", "\r\n"))
	has(t, markdownOf(t, a), "does not apply as it stands here: take it from the JSON report, `findings[0].fix.diff`")
}

// TestOnlyWhatCompilesIsApplied: the commands name no diff that is known to be wrong, and none twice.
func TestOnlyWhatCompilesIsApplied(t *testing.T) {
	md := markdownOf(t, severalExplained())
	has(t, md, "git apply fix-1.diff", "git apply fix-3.diff", "the same change as that of Fix 3", "declared and not used")
	lacks(t, md, "fix-4.diff", "fix-5.diff", "fix-2.diff")
	a := prematureReturn()
	a.Findings[0].Fix.Compiles = ptr(false)
	lacks(t, markdownOf(t, a), "How to apply", "accepts")
	a.Findings[0].Fix.Compiles = nil
	has(t, markdownOf(t, a), "How to apply", "Whether it compiles was not tried")
}

func TestExcerptShowsItsMarks(t *testing.T) {
	e := excerpt{first: 98, lines: []string{"func f() {", "\tg()\t// x", "}"}, marks: []analyze.Mark{{Line: 99, Text: "example.com/a/b.f calls " + strings.Repeat("word ", 30)}, {Line: 100, Text: ""}, {Line: 5, Text: "elsewhere"}}}
	var got []string
	for _, s := range e.show() {
		got = append(got, s.text)
	}
	if len(got) < 5 || got[0] != " 98   func f() {" || got[1] != " 99 >     g() // x" || !strings.HasPrefix(got[2], "    |     // ^ b.f calls word") ||
		!strings.HasPrefix(got[3], "    |     //   word") || got[len(got)-1] != "100   }" {
		t.Errorf("shown as\n%s", strings.Join(got, "\n"))
	}
	for _, l := range got {
		if strings.Contains(l, "elsewhere") || len(l) > noteWidth+20 {
			t.Errorf("line %q", l)
		}
	}
}

func TestLineRange(t *testing.T) {
	for want, lines := range map[string][]string{
		"lines 7–8, the whole function":     {"func f() {", "}"},
		"lines 7–8, a part of the function": {"\tg()", "}"},
		"line 7, a part of the function":    {"\tg()"},
	} {
		if got := lineRange(&analyze.Excerpt{First: 7, Lines: lines}); got != want {
			t.Errorf("%q: %s, want %s", lines, got, want)
		}
	}
}

// TestMechanismRestsOnWhatDecidedIt: profiles, source or neither.
func TestMechanismRestsOnWhatDecidedIt(t *testing.T) {
	for name, want := range map[string]analyze.Basis{
		"client-per-call": analyze.Measured, "chan-send": analyze.Advice, "source-premature-return": analyze.Derived, "source-undecided": analyze.Derived,
	} {
		if got := mechanismBasis(fixtures()[name].Worst()); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	f := undecidedBySource().Findings[0]
	if got := mechanisms(&f); !slices.Equal(got, []analyze.Mechanism{analyze.MissingReceiver, analyze.PrematureReturn}) {
		t.Errorf("what the source excludes is still among %v", got)
	}
	for _, m := range f.Candidates {
		f.Excluded = append(f.Excluded, analyze.Excluded{Mechanism: m})
	}
	f.Mechanism = analyze.Unknown
	if got := plainText(mechanismText(&f)); !strings.Contains(got, "speaks against each") {
		t.Errorf("all excluded: %s", got)
	}
}

func TestDoubtIsSaidAndNotTold(t *testing.T) {
	r := New(doubtful(), Tool{}, nil, "")
	if got := fmt.Sprint(causeBlocks(r.Worst())); !strings.Contains(got, "Doubt:") {
		t.Error("the doubt is not beside the cause")
	}
	for _, p := range chainOf(r.Worst()).steps {
		if strings.Contains(plainText(p.text), "differs") {
			t.Error("the doubt is told as a step of the leak")
		}
	}
}

// TestChainTellsEachStepOnce: every derived statement with a place is a step, the wait the last.
func TestChainTellsEachStepOnce(t *testing.T) {
	for name, r := range fixtures() {
		f := r.Worst()
		if f == nil {
			continue
		}
		c := chainOf(f)
		told := 0
		for _, p := range c.steps {
			if p.basis == analyze.Derived {
				told++
			}
		}
		if want := len(sourceSteps(f)); told != want {
			t.Errorf("%s: %d derived steps, want %d", name, told, want)
		}
		if last := c.steps[len(c.steps)-1]; !strings.HasPrefix(plainText(last.text), "It waits") || !c.nodes[len(c.nodes)-1].bad {
			t.Errorf("%s: the chain ends with %s", name, plainText(last.text))
		}
	}
}

func TestCauseIsAmongItsCandidates(t *testing.T) {
	r := New(prematureReturn(), Tool{}, nil, "")
	c := r.Worst().Cause
	if len(c.Candidates) != 2 || c.Candidates[0].Line != c.Line || c.Candidates[0].Score != 1 {
		t.Errorf("candidates %+v", c.Candidates)
	}
	if got := New(clientFromSource(), Tool{}, nil, "").Worst().Cause.Candidates; len(got) != 0 {
		t.Errorf("a cause that stands alone got %+v", got)
	}
}

// TestColourAddsNoWords: without its colours the text is the plain one.
func TestColourAddsNoWords(t *testing.T) {
	colours := regexp.MustCompile("\x1b\\[[0-9;]*m")
	for name, r := range fixtures() {
		text := func(color bool) string {
			return string(written(t, func(b *bytes.Buffer) error { return WriteText(b, r, Style{Color: color}) }))
		}
		plain, coloured := text(false), text(true)
		if colours.ReplaceAllString(coloured, "") != plain {
			t.Errorf("%s: colour changes the words", name)
		}
		if name == "source-premature-return" && !strings.Contains(coloured, "\x1b[32m+\tanswers := make(chan Quote, 1)\x1b[0m") {
			t.Error("what a diff adds is not green")
		}
	}
}

func TestManyCleared(t *testing.T) {
	a := clientFromSource()
	blocks := cleared(New(a, Tool{}, nil, ""))
	tab, rest := blocks[0].(table), plainText(blocks[1].(para).text)
	if len(tab.rows) != maxCleared || !strings.HasPrefix(rest, "3 more are in the JSON report, with 1 goroutine at first and 0 at last") {
		t.Errorf("%d rows and %q", len(tab.rows), rest)
	}
	for i := 1; i < len(tab.rows); i++ {
		if numberIn(t, tab.rows[i][3]) > numberIn(t, tab.rows[i-1][3]) {
			t.Error("not by count")
		}
	}
}

func TestSourceThatSaysNothing(t *testing.T) {
	a := chanSend()
	has(t, markdownOf(t, a), "The source was not read for this report")
	a.Tree, a.Cleared = shopTree(), nil
	md := markdownOf(t, a)
	has(t, md, "says nothing about this finding", "9 of the 23 positions", "looks untracked, but for those of the findings")
	lacks(t, md, "was not read", "Source file")
}

func TestNamesInStatements(t *testing.T) {
	for in, want := range map[string]string{
		"example.com/a/b.(*T).M.func1 calls go.Fn.": "b.(*T).M.func1|go.Fn",
		"see a/b.go:7 and x.y, e.g. this":           "a/b.go:7",
		"ctx.Done() is never closed":                "ctx.Done()",
		"a/gen.go is generated":                     "a/gen.go",
		"nothing here, etc.":                        "",
	} {
		var got []string
		for _, s := range stated(in) {
			if s.kind == code {
				got = append(got, s.text)
			}
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: names %q, want %q", in, got, want)
		}
	}
}
