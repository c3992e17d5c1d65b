package report

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/growth"
)

// Words for numbers: every document uses these and no others.

const (
	minute = 60.0
	hour   = 60 * minute
	day    = 24 * hour
)

// duration names seconds with the two largest units that matter.
func duration(seconds float64) string {
	switch {
	case !finite(seconds):
		return "never"
	case seconds < 0:
		return "-" + duration(-seconds)
	case seconds < 9.95:
		return trim(math.Round(seconds*10)/10) + " s"
	case seconds < minute-0.5:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 60*minute-0.5:
		s := math.Round(seconds)
		return two(math.Floor(s/minute), "min", math.Mod(s, minute), "s")
	case seconds < day-30:
		m := math.Round(seconds / minute)
		return two(math.Floor(m/60), "h", math.Mod(m, 60), "min")
	case seconds < 14*day:
		h := math.Round(seconds / hour)
		return two(math.Floor(h/24), plural(math.Floor(h/24), "day"), math.Mod(h, 24), "h")
	case seconds < 730*day:
		return grouped(seconds/day) + " days"
	default:
		return grouped(seconds/(365.25*day)) + " years"
	}
}

func two(a float64, unitA string, b float64, unitB string) string {
	if b == 0 {
		return fmt.Sprintf("%.0f %s", a, unitA)
	}
	return fmt.Sprintf("%.0f %s %.0f %s", a, unitA, b, unitB)
}

func plural(n float64, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

func goroutines(n int) string { return grouped(float64(n)) + " " + plural(float64(n), "goroutine") }

// trim prints x with at most one decimal.
func trim(x float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
}

// number prints a rate or a mean: three significant figures below 100, whole above.
func number(x float64) string {
	switch a := math.Abs(x); {
	case !finite(x):
		return "not bounded"
	case a == 0:
		return "0"
	case a < 0.095:
		return fmt.Sprintf("%.2g", x)
	case a < 9.995:
		return fmt.Sprintf("%.2f", x)
	case a < 99.95:
		return fmt.Sprintf("%.1f", x)
	default:
		return grouped(x)
	}
}

// grouped prints a whole number with commas every three digits.
func grouped(x float64) string {
	if !finite(x) {
		return "not bounded"
	}
	s := fmt.Sprintf("%.0f", math.Abs(x))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if x <= -0.5 {
		s = "-" + s
	}
	return s
}

func signed(n int) string {
	if n > 0 {
		return "+" + grouped(float64(n))
	}
	return grouped(float64(n))
}

// bytesOf prints a size in binary units.
func bytesOf(n float64) string {
	for _, u := range []string{"B", "KiB", "MiB", "GiB"} {
		if math.Abs(n) < 1024 {
			return trim(n) + " " + u
		}
		n /= 1024
	}
	return trim(n) + " TiB"
}

// rate names a rate with its interval.
func rate(r analyze.Rate) string {
	return number(r.Value) + " a minute (" + interval(r) + ")"
}

func interval(r analyze.Rate) string {
	if !finite(r.Low) && !finite(r.High) || r.Low == 0 && r.High == 0 && r.Value != 0 {
		return "so few samples give no interval"
	}
	return "95 % interval " + number(r.Low) + " to " + number(r.High)
}

// manner says how a count grows.
func manner(s growth.Shape, step *growth.Step) string {
	switch s {
	case growth.Steady:
		return "at a constant rate"
	case growth.Stepped:
		if step != nil {
			return fmt.Sprintf("in steps of +%s every %s", trim(step.Height), duration(step.Period))
		}
		return "in steps"
	case growth.Accelerating:
		return "at a rate that itself rises"
	case growth.Plateau:
		return "up to a plateau that it has reached"
	case growth.Stuck:
		return "not at all: it is stuck"
	default:
		return "without a clear shape"
	}
}

// moment is a time to the second, UTC; every document says so once.
func moment(t time.Time) string {
	if t.IsZero() {
		return "unknown"
	}
	return t.Format("2006-01-02 15:04:05")
}

// date is that of the document: when what it rests on ended.
func date(end time.Time) string {
	if end.IsZero() {
		return "unknown: the input states no time"
	}
	return moment(end) + " UTC, the end of the recording"
}

// clock is moment without the date. Files that state no time are seconds apart
// in the first year, which is nobody's.
func clock(t time.Time) string {
	if t.Year() <= 1 {
		return "unknown"
	}
	return t.Format("15:04:05")
}

func verdictWord(v analyze.Verdict) string { return strings.ToUpper(string(v)) }

// pvalue prints a probability as people compare it.
func pvalue(p float64) string {
	switch {
	case !finite(p):
		return "unknown"
	case p < 0.0001:
		return "below 0.0001"
	default:
		return fmt.Sprintf("%.2g", p)
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// does is the verb that agrees with n of something.
func does(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// count spells small numbers, as sentences begin with them.
func count(n int) string {
	small := [...]string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}
	if n >= 0 && n < len(small) {
		return small[n]
	}
	return grouped(float64(n))
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
