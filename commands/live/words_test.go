package live

import (
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"
)

func TestShortFunc(t *testing.T) {
	for name, want := range map[string]string{
		"example.org/shop/order.(*Store).watch":      "order.(*Store).watch",
		"main.main.func1":                            "main.main.func1",
		"net/http.(*conn).serve":                     "http.(*conn).serve",
		"gopkg.in/tomb.v2.(*Tomb).run":               "tomb.v2.(*Tomb).run",
		"example.org/a/b.Map[example.org/x/y.T].run": "b.Map[example.org/x/y.T].run",
		"started by main.main":                       "started by main.main",
		"a/\x1b[2Jb":                                 `\x1b[2Jb`,
		"":                                           "",
	} {
		if got := shortFunc(name); got != want {
			t.Errorf("shortFunc(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestNumbersFitTheirColumns(t *testing.T) {
	for n, want := range map[int]string{0: "0", 99_999: "99999", 100_000: "100k", 999_999: "999k", 1_234_567: "1.2M", 123_456_789: "123M", -4: "-4"} {
		if got := number(n); got != want || len(got) > countWidth {
			t.Errorf("number(%d) = %q, want %q", n, got, want)
		}
	}
	for _, tt := range []struct {
		site site
		want string
	}{
		{site{}, "-"},
		{site{Rated: true}, "0"},
		{site{Rated: true, Rate: 3.26}, "+3.3"},
		{site{Rated: true, Rate: -0.5}, "-0.5"},
		{site{Rated: true, Rate: 1234.4}, "+1234"},
		{site{Rated: true, Rate: -5e6}, "-5.0M"},
	} {
		if got := perMinute(&tt.site); got != tt.want || len(got) > rateWidth {
			t.Errorf("perMinute(%v) = %q, want %q", tt.site.Rate, got, tt.want)
		}
	}
}

func TestClock(t *testing.T) {
	for d, want := range map[time.Duration]string{-time.Second: "0s", 59400 * time.Millisecond: "59s", 65 * time.Second: "1m 05s", 3725 * time.Second: "1h 02m 05s"} {
		if got := clock(d); got != want {
			t.Errorf("clock(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestCuts(t *testing.T) {
	const wide = "界界界界 and more of it"
	for width := range 30 {
		for name, got := range map[string]string{"fit": fit(wide, width), "middle": middle(wide, width)} {
			if w := lipgloss.Width(got); w > width {
				t.Errorf("%s to %d: %q is %d wide", name, width, got, w)
			}
		}
		if w := lipgloss.Width(left(wide, width)); w != width {
			t.Errorf("left to %d is %d wide", width, w)
		}
		if w := lipgloss.Width(right(wide, width)); w != width {
			t.Errorf("right to %d is %d wide", width, w)
		}
	}
	if got := middle("example.(*Store).watchAll", 16); got != "example…watchAll" && lipgloss.Width(got) != 16 {
		t.Errorf("middle: %q", got)
	}
}

func TestWrapLosesNothing(t *testing.T) {
	text := "a line with averyveryverylongwordthatnobodycanread in it 界界界界界界界界"
	for width := 8; width < 60; width++ {
		lines := wrap(text, width)
		for _, l := range lines {
			if lipgloss.Width(l) > width {
				t.Errorf("width %d: %q", width, l)
			}
		}
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(text, " ", "") {
			t.Errorf("width %d: %q", width, got)
		}
	}
}

func TestThinKeepsTheEnds(t *testing.T) {
	values := make([]float64, trendBins)
	for i := range values {
		values[i] = float64(i)
	}
	got := thin(values, trendWidth)
	if len(got) != trendWidth || got[0] != 0 || got[trendWidth-1] != trendBins-1 {
		t.Errorf("%v", got)
	}
}
