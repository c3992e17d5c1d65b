package report

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/growth"
)

// TestSummarySaysHowTheTotalMoved: the paragraph that is read first must not
// call level what is not, nor hide a leak that the total hides.
func TestSummarySaysHowTheTotalMoved(t *testing.T) {
	for _, tt := range []struct {
		name        string
		of          string // fixture
		first, last int
		rate        analyze.Rate
		warmup      float64
		want, never string
	}{
		{"at rest", "stable", 39, 41, analyze.Rate{Value: 0.2, Low: -1, High: 1.4}, 0,
			"the total stayed level, 39 goroutines at first and 41 at last: 0.20 a minute", "shows no trend"},
		{"filled, then noise", "stable", 9, 430, analyze.Rate{Value: -20, Low: -90, High: 40}, 12,
			"went from 9 to 430 goroutines, from a baseline of 400. After 12 s of start-up it shows no trend: -20.0 a minute", "level"},
		{"drained", "stable", 389, 125, analyze.Rate{Value: -270, Low: -280, High: -260}, 0,
			"It falls by 270 a minute (95 % interval 260 to 280).", "noise"},
		{"a leak among churn", "chan-send", 9, 430, analyze.Rate{Value: -20, Low: -90, High: 40}, 12,
			"The total hides what grows, at the site below: 42.1 a minute (95 % interval 41.4 to 42.8), at a constant rate.", "level"},
		{"a leak among churn has its limit", "chan-send", 9, 430, analyze.Rate{Value: -20, Low: -90, High: 40}, 12,
			"At this rate it reaches", "level"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := fixtures()[tt.of]
			r.Total.First, r.Total.Last, r.Total.Baseline, r.Total.Rate, r.Total.Trend.Warmup = tt.first, tt.last, 400, tt.rate, tt.warmup
			if tt.warmup == 0 {
				r.Total.Baseline = tt.first
			}
			got := plainText(summaryText(r).text)
			if !strings.Contains(got, tt.want) || strings.Contains(got, tt.never) {
				t.Errorf("got %q\nwant %q in it and not %q", got, tt.want, tt.never)
			}
		})
	}
}

func TestOneGoroutineWaits(t *testing.T) {
	r := fixtures()["stuck-lock"]
	r.Findings[0].Victims = []analyze.Victim{{Site: serveSite, Count: 1}}
	var b bytes.Buffer
	if err := WriteMarkdown(&b, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 more waits behind it", "1 goroutine waits behind it and", "1 goroutine waits behind a finding and serves nobody"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report does not say %q", want)
		}
	}
}

// TestTheNamedMechanismIsAmongWhatItMayBe: alternatives are listed beside the
// mechanism that is named, not instead of it.
func TestTheNamedMechanismIsAmongWhatItMayBe(t *testing.T) {
	r := fixtures()["stuck-lock"]
	f := &r.Findings[0]
	f.Mechanism, f.Candidates = analyze.DoubleLock, []analyze.Mechanism{analyze.MissingUnlock, analyze.LockOrder}
	if got, want := plainText(mechanismText(f)), "not decided by profiles alone; one of double-lock, missing-unlock, lock-order"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var b bytes.Buffer
	if err := WriteMarkdown(&b, r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"- `double-lock`: a goroutine takes a lock that it already holds", "| `double-lock` | Split the function", "- `double-lock`: A method that locks calls no other"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report does not say %q", want)
		}
	}
}

// TestNoLineIsTooLong: what stands together without a space is one word.
func TestNoLineIsTooLong(t *testing.T) {
	var b bytes.Buffer
	w := textWriter{w: bufio.NewWriter(&b), style: Style{Width: 40}}
	w.wrap("", "", w.spans(say("They begin at %v (%v): 4 goroutines.", name("main.work"), name("/app/cart/main.go:122"))))
	if err := w.w.Flush(); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "They begin at main.work\n(/app/cart/main.go:122): 4 goroutines.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestClosingSampleIsNoRowOfItsOwn: a watch of a minute ends a moment later.
func TestClosingSampleIsNoRowOfItsOwn(t *testing.T) {
	total := totals(line(10, 60, 60), analyze.Rate{}, growth.Steady)
	total.Series = append(total.Series, growth.Point{T: 60.3, N: 99})
	rows := growthTable(analyze.Window{}, total)
	if last := rows[len(rows)-1]; len(rows) != 13 || last.Seconds != 60.3 || *last.Goroutines != 99 {
		t.Errorf("got %d rows, the last at %v with %d", len(rows), last.Seconds, *last.Goroutines)
	}
}

// TestTooLittleClearsNothing: what cannot be accused cannot be cleared either.
func TestTooLittleClearsNothing(t *testing.T) {
	a := chanSend()
	a.Verdict, a.Findings = analyze.Inconclusive, nil
	if len(a.Cleared) == 0 {
		t.Fatal("the fixture clears nobody")
	}
	r := New(a, Tool{}, nil, "")
	if len(r.Cleared) != 0 {
		t.Errorf("cleared %v", r.Cleared)
	}
	if got := plainText(cleared(r)[0].(para).text); got != "None: too little was seen to clear a suspect." {
		t.Errorf("got %q", got)
	}
}

// TestWhatRemainsWithoutTheLeak: what had leaked before the watch is no part of a healthy process.
func TestWhatRemainsWithoutTheLeak(t *testing.T) {
	r := fixtures()["chan-send"]
	r.Total.Baseline, r.Findings[0].Count.First = 432, 395
	if got, want := plainText(rest(r)[0].text), "Started anew, the process stays near 37 goroutines,"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
	r.Findings[0].Count.First = 0
	if got, want := plainText(rest(r)[0].text), "The total then stays near its baseline of 432 goroutines,"; !strings.HasPrefix(got, want) {
		t.Errorf("got %q, want it to begin with %q", got, want)
	}
}

func TestUnstatedTimeIsNoMidnight(t *testing.T) {
	if got := clock(time.Time{}.Add(3 * time.Second)); got != "unknown" {
		t.Errorf("got %q", got)
	}
}

// TestThePeerOfAConnectionIsNotBlocked: the server's end of a leaked connection waits for it, and not behind a lock.
func TestThePeerOfAConnectionIsNotBlocked(t *testing.T) {
	f := fixtures()["client-per-call"].Findings[0]
	if got, want := plainText(behind(&f, 70).text), "70 goroutines at the other end stay for as long as it does."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	f.Mechanism = analyze.MissingUnlock
	if got, want := plainText(behind(&f, 1).text), "1 goroutine waits behind it and cannot go on either."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestNobodySuspectsWhatHasNoName: a goroutine without a frame is in the inventory and is no suspect.
func TestNobodySuspectsWhatHasNoName(t *testing.T) {
	a := chanSend()
	named := len(a.Cleared)
	a.Cleared = append(a.Cleared, analyze.Cleared{Count: analyze.Count{First: 1, Last: 1}, Why: "no growth"})
	if got := New(a, Tool{}, nil, "").Cleared; len(got) != named {
		t.Errorf("got %d suspects, want %d", len(got), named)
	}
}

func TestALimitThatNobodySetIsARuleOfThumb(t *testing.T) {
	r := fixtures()["chan-send"]
	r.Impact.Limits = r.Impact.Limits[:1]
	if got := plainText(summaryText(r).text); !strings.Contains(got, "reaches 1,000,000 goroutines in 16 days (between 16 days and 17 days), a rule of thumb where no nearer limit is known.") {
		t.Errorf("got %q", got)
	}
	r = fixtures()["client-per-call"] // its descriptor limit was read
	if got := plainText(summaryText(r).text); strings.Contains(got, "rule of thumb") {
		t.Errorf("got %q", got)
	}
}

func TestOneOtherFindingFollows(t *testing.T) {
	r := fixtures()["chan-send"]
	for _, want := range []string{"two findings; this is about the worst, the other follows.", "three findings; this is about the worst, the others follow."} {
		r.Findings = append(r.Findings, r.Findings[0])
		if got := plainText(summaryText(r).text); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}

// TestLogLinesAreQuoted: where there is no finding too, and in the short text as in the long document.
func TestLogLinesAreQuoted(t *testing.T) {
	for _, of := range []string{"stable", "four-log-lines", "client-per-call"} {
		r := fixtures()[of]
		r.LogLines = []string{"level=WARN goroutines=102"}
		var text, md bytes.Buffer
		if err := errors.Join(WriteText(&text, r, Style{}), WriteMarkdown(&md, r)); err != nil {
			t.Fatal(err)
		}
		for format, doc := range map[string]string{"text": text.String(), "md": md.String()} {
			if n := strings.Count(doc, r.LogLines[0]); n != 1 {
				t.Errorf("%s, %s: quoted %d times, want once", of, format, n)
			}
		}
	}
}
