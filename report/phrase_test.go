package report

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/growth"
)

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestDuration(t *testing.T) {
	for in, want := range map[float64]string{
		0: "0 s", 0.5: "0.5 s", 9.96: "10 s", 59.4: "59 s", 59.7: "1 min", 60: "1 min", 188: "3 min 8 s", 3599.7: "1 h", 3600: "1 h", 5400: "1 h 30 min",
		86399: "1 day", 86400: "1 day", 90000: "1 day 1 h", 20 * day: "20 days", 800 * day: "2 years", -61: "-1 min 1 s",
		math.Inf(1): "never",
	} {
		if got := duration(in); got != want {
			t.Errorf("duration(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for in, want := range map[float64]string{
		0: "0", 0.05: "0.05", 0.004: "0.004", 1.234: "1.23", 32: "32.0", 99.96: "100", 12345.6: "12,346", -42.25: "-42.2", math.NaN(): "not bounded",
	} {
		if got := number(in); got != want {
			t.Errorf("number(%v) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -0.2: "0"} {
		if got := grouped(in); got != want {
			t.Errorf("grouped(%v) = %q, want %q", in, got, want)
		}
	}
}

func TestSay(t *testing.T) {
	got := say("%d of %v is %s, 95 %% %.1f", 3, name("x"), "y", 0.25)
	want := text{{prose, "3"}, {prose, " of "}, {code, "x"}, {prose, " is "}, {prose, "y"}, {prose, ", 95 "}, {prose, "%"}, {prose, " "}, {prose, "0.2"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(span{})); diff != "" {
		t.Error(diff)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                        "plain",
		"a\nb\tc\r":                    `a\nb\tc\r`,
		"\x1b[31m\x00\x7f":             `\x1b[31m\x00\x7f`,
		"\u202e\u200b\u2028":           `\u202e\u200b\u2028`,
		"\u009b":                       `\u009b`,
		"\xff\xfe":                     `\xff\xfe`,
		"größe 日本":                     "größe 日本",
		"\U000e0041":                   `\U000e0041`,
		"a b":                          "a b",
		strings.Repeat("x", maxName+5): strings.Repeat("x", maxName) + "… (405 bytes in all)",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestGrowthTable(t *testing.T) {
	w := analyze.Window{Start: watchStart}
	at := func(points []growth.Point) []GrowthRow {
		return growthTable(w, analyze.Total{Baseline: 10, Series: points})
	}

	t.Run("none", func(t *testing.T) {
		if rows := at(nil); rows == nil || len(rows) != 0 {
			t.Errorf("got %v, want an empty list", rows)
		}
	})
	t.Run("a minute a row", func(t *testing.T) {
		rows := at(line(10, 60, 600))
		if len(rows) != 11 {
			t.Fatalf("%d rows, want 11", len(rows))
		}
		for i, r := range rows {
			if r.Seconds != float64(60*i) || !r.At.Equal(watchStart.Add(time.Duration(i)*time.Minute)) || r.Goroutines == nil {
				t.Errorf("row %d is %+v", i, r)
			}
		}
		if *rows[10].SinceBaseline != *rows[10].Goroutines-10 || *rows[1].Change != *rows[1].Goroutines-*rows[0].Goroutines {
			t.Error("change and distance from the baseline do not follow from the counts")
		}
	})
	t.Run("a gap is no sample", func(t *testing.T) {
		points := append(line(10, 0, 60), growth.Point{T: 300, N: 50})
		rows := at(points)
		if rows[3].Goroutines != nil || rows[3].Change != nil || rows[4].Change != nil {
			t.Errorf("the gap was filled in: %+v", rows[3])
		}
		last := rows[len(rows)-1]
		if last.Seconds != 300 || *last.Goroutines != 50 || last.Change != nil {
			t.Errorf("the last row is %+v", last)
		}
	})
	t.Run("never long", func(t *testing.T) {
		for _, secs := range []int{13, 59, 60, 61, 119, 239, 240, 241, 3600, 86400, 864000} {
			step := max(1, secs/300)
			var points []growth.Point
			for s := 0; s <= secs; s += step {
				points = append(points, growth.Point{T: float64(s), N: 5})
			}
			if rows := at(points); len(rows) < 3 || len(rows) > maxRows+2 {
				t.Errorf("%d s: %d rows", secs, len(rows))
			}
		}
	})
}

func TestSparkline(t *testing.T) {
	if got := sparkline(line(0, 60, 60), 60); !strings.HasPrefix(got, "0 ▁") && !strings.HasPrefix(got, "-1 ▁") || !strings.Contains(got, "█") {
		t.Errorf("growth is drawn as %q", got)
	}
	flat := sparkline([]growth.Point{{T: 0, N: 1000}, {T: 1, N: 1001}, {T: 2, N: 1000}}, 2)
	if strings.ContainsAny(flat, "▃▄▅▆▇█") {
		t.Errorf("noise looks like growth: %q", flat)
	}
	if got := sparkline(nil, 0); got != "" {
		t.Errorf("nothing is drawn as %q", got)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{evil, "", "\xff", "\x1b]0;t\x07", "é\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		harmless(t, []byte(clean(s)))
		if got := clean(clean(s)); len(s) < maxName/10 && got != clean(s) {
			t.Errorf("clean is not stable: %q then %q", clean(s), got)
		}
	})
}
