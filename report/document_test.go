package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/logcap/logcap/analyze"
)

func TestInventorySumsAreTheTotals(t *testing.T) {
	for name, r := range fixtures() {
		if len(r.Inventory) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) { sumsMatch(t, r) })
	}
	t.Run("sites beyond the list", func(t *testing.T) {
		a := stable()
		for i := range 3 * maxSites {
			a.Inventory = append(a.Inventory, analyze.Inventory{Site: site("f", "f.go", i, "f"), Class: analyze.ClassExpected, First: 1, Last: 2})
		}
		a.Total.First, a.Total.Last = a.Total.First+3*maxSites, a.Total.Last+6*maxSites
		sumsMatch(t, New(a, Tool{}, nil, ""))
	})
	t.Run("goroutines without a site", func(t *testing.T) {
		a := stable()
		a.Total.First, a.Total.Last = a.Total.First+5, a.Total.Last+7
		r := New(a, Tool{}, nil, "")
		sumsMatch(t, r)
		if md := string(written(t, func(b *bytes.Buffer) error { return WriteMarkdown(b, r) })); !strings.Contains(md, "| Not attributed to a site | 0 | 5 | 7 | +2 |") {
			t.Error("what no site accounts for is not shown")
		}
	})
	t.Run("a class of no known name", func(t *testing.T) {
		a := stable()
		a.Inventory[0].Class = "odd"
		sumsMatch(t, New(a, Tool{}, nil, ""))
	})
}

// sumsMatch adds up what is printed: the rows of each class, the classes, the total.
func sumsMatch(t *testing.T, r *Report) {
	t.Helper()
	blocks := inventory(r)
	var perSite [2]int
	for i, b := range blocks {
		tab, ok := b.(table)
		if !ok {
			continue
		}
		var sum [2]int
		for _, row := range tab.rows {
			sum[0] += numberIn(t, row[2])
			sum[1] += numberIn(t, row[3])
		}
		if i < len(blocks)-1 {
			perSite[0], perSite[1] = perSite[0]+sum[0], perSite[1]+sum[1]
			continue
		}
		// The last table has every class once and the total, which is the same again.
		if sum[0] != 2*r.Total.First || sum[1] != 2*r.Total.Last {
			t.Errorf("classes and total add up to %v, want twice %d and %d", sum, r.Total.First, r.Total.Last)
		}
		rest := [2]int{}
		for _, row := range tab.rows {
			if strings.HasPrefix(plainText(row[0]), "Not attributed") {
				rest = [2]int{numberIn(t, row[2]), numberIn(t, row[3])}
			}
		}
		if perSite[0]+rest[0] != r.Total.First || perSite[1]+rest[1] != r.Total.Last {
			t.Errorf("sites add up to %v and %v without one, want %d and %d", perSite, rest, r.Total.First, r.Total.Last)
		}
	}
}

func numberIn(t *testing.T, cell text) int {
	t.Helper()
	n, s := 0, strings.ReplaceAll(plainText(cell), ",", "")
	neg := strings.HasPrefix(s, "-")
	for _, c := range strings.TrimPrefix(s, "-") {
		if c < '0' || c > '9' {
			t.Fatalf("cell %q is not a number", s)
		}
		n = n*10 + int(c-'0')
	}
	if neg {
		return -n
	}
	return n
}

// TestGuidanceIsWhole: each mechanism has its entry, each entry says something,
// and none offers a WaitGroup for goroutines that block.
func TestGuidanceIsWhole(t *testing.T) {
	all := []analyze.Mechanism{analyze.PrematureReturn, analyze.TimeoutLeak, analyze.NCast, analyze.DoubleSend, analyze.UnclosedRange, analyze.MissingReceiver,
		analyze.MissingSender, analyze.ContractViolation, analyze.LostCancel, analyze.TimerLoop, analyze.NilChannel, analyze.EmptySelect, analyze.WaitGroupMisuse,
		analyze.DoubleLock, analyze.MissingUnlock, analyze.LockOrder, analyze.RecursiveRLock, analyze.ChannelUnderLock, analyze.MissingSignal, analyze.StuckIO,
		analyze.HTTPBodyNotClosed, analyze.ClientPerCall, analyze.HandlePerCall, analyze.ContextWatcher, analyze.Unknown}
	if len(guidances) != len(all) {
		t.Errorf("%d entries for %d mechanisms", len(guidances), len(all))
	}
	waitGroup := regexp.MustCompile(`(?i)waitgroup|wg\.|\bDone\(\)|\.Add\(`)
	for _, m := range all {
		g := guide(m)
		if g.mechanism != m {
			t.Errorf("%s has no entry", m)
			continue
		}
		if g.means == "" || g.waitGroup == "" || len(g.fix) == 0 || len(g.prevent) == 0 || len(g.prevent) > 3 {
			t.Errorf("%s: an entry needs a meaning, a fix, one to three rules and a word on WaitGroups", m)
		}
		if m == analyze.WaitGroupMisuse {
			continue // there the WaitGroup is what is mended
		}
		for _, s := range g.fix {
			if waitGroup.MatchString(strings.ReplaceAll(s, "ctx.Done()", "")) {
				t.Errorf("%s offers a WaitGroup: %s", m, s)
			}
		}
	}
	if guide("no-such").mechanism != analyze.Unknown {
		t.Error("an unknown mechanism should get the advice for unknown")
	}
}

func TestInconclusiveIsNotClean(t *testing.T) {
	md := string(written(t, func(b *bytes.Buffer) error { return WriteMarkdown(b, fixtures()["four-log-lines"]) }))
	for _, want := range []string{
		"Four samples over 3 min 8 s cannot tell a leak from a load that rises", "not the same as clean",
		"| 06:42:21 | 0 s | 102 | – | +96 |", "| 06:43:23 | 1 min 2 s | 134 | +32 | +128 |",
		"| 06:44:26 | 2 min 5 s | 166 | +32 | +160 |", "| 06:45:29 | 3 min 8 s | 198 | +32 | +192 |",
		`"msg":"Significant goroutine count change detected"`,
	} {
		if !strings.Contains(md, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	for _, never := range []string{"No goroutine leak was seen", "very probably leaks", "There is nothing to fix"} {
		if strings.Contains(md, never) {
			t.Errorf("the report says %q", never)
		}
	}
}

// TestEveryClaimHasItsBasis: a statement with a number of the target is marked.
func TestEveryClaimHasItsBasis(t *testing.T) {
	for name, r := range fixtures() {
		for _, s := range build(r).sections {
			if s.heading == "References" {
				continue
			}
			for _, b := range s.blocks {
				switch b := b.(type) {
				case bullets:
					for _, it := range b.items {
						unmarked(t, name, s.heading, it)
					}
				case para:
					unmarked(t, name, s.heading, b)
				}
			}
		}
	}
}

func unmarked(t *testing.T, name, heading string, p para) {
	t.Helper()
	words := plainText(p.text)
	exitCodes := strings.HasPrefix(words, "logcap compare then says")
	if p.basis == "" && !exitCodes && regexp.MustCompile(`\d`).MatchString(words) {
		t.Errorf("%s, %s: a statement without a basis: %s", name, heading, words)
	}
}

func TestMetricsUseTheTargetsNames(t *testing.T) {
	a := chanSend()
	a.Metrics = []string{"log_capturer_goroutines", "log_capturer_goroutines_created_total", "bad name", `x"}`}
	got := string(written(t, func(b *bytes.Buffer) error { return WriteMarkdown(b, New(a, Tool{}, nil, "")) }))
	if !strings.Contains(got, "deriv(log_capturer_goroutines[10m]) * 60") || strings.Contains(got, "go_goroutines") {
		t.Error("the queries should use the gauge that the target exports and no other")
	}
	a.Metrics = nil
	got = string(written(t, func(b *bytes.Buffer) error { return WriteMarkdown(b, New(a, Tool{}, nil, "")) }))
	if !strings.Contains(got, "deriv(go_goroutines[10m]) * 60") || !strings.Contains(got, "standard names") {
		t.Error("without names of the target the standard ones are used, and it is said")
	}
}

func TestShellQuote(t *testing.T) {
	for in, want := range map[string]string{
		"http://h:6060/debug/pprof": "http://h:6060/debug/pprof",
		"":                          "''",
		"a b":                       "'a b'",
		"it's":                      `'it'\''s'`,
		"$(rm)":                     "'$(rm)'",
		"-o":                        "'-o'",
		"a\nb":                      `'a\nb'`,
	} {
		if got := ShellQuote(in); got != want {
			t.Errorf("ShellQuote(%q) = %s, want %s", in, got, want)
		}
	}
}
