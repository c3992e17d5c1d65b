package analyze

import (
	"fmt"
	"math"
	"strconv"
)

// goroutines says a number of them: "1 goroutine", "12 goroutines".
func goroutines(n int) string {
	if n == 1 {
		return "1 goroutine"
	}
	return strconv.Itoa(n) + " goroutines"
}

func theSame(n int) string {
	if n == 1 {
		return "the same goroutine"
	}
	return "the same " + strconv.Itoa(n) + " goroutines"
}

func count(n int, after string) string { return strconv.Itoa(n) + " " + after }

// signed writes a rate with its sign and one decimal: "+32.0".
func signed(v float64) string {
	if math.Abs(v) < 0.05 {
		return "0.0"
	}
	return fmt.Sprintf("%+.1f", v)
}

// pvalue writes a probability without claiming digits nobody has.
func pvalue(p float64) string {
	if p < 0.0001 {
		return "p < 0.0001"
	}
	return fmt.Sprintf("p = %.4f", p)
}

// duration writes seconds as a person would: "45 s", "3 min 20 s", "2 h 5 min".
func duration(seconds float64) string {
	s := int(math.Round(seconds))
	switch {
	case s < 120:
		return fmt.Sprintf("%d s", s)
	case s < 7200 && s%60 == 0:
		return fmt.Sprintf("%d min", s/60)
	case s < 7200:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	}
	return fmt.Sprintf("%d h %d min", s/3600, s%3600/60)
}
