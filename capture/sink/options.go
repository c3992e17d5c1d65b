package sink

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// SpecError is a destination that was written wrongly.
type SpecError struct {
	Spec string // as it was given, without its secrets
	Text string // what is wrong with it
	hint string
}

func (e *SpecError) Error() string { return "sink " + e.Spec + ": " + e.Text }

// Hint is the next step; "" when there is none.
func (e *SpecError) Hint() string { return e.hint }

// options are what stands behind the # of a destination: name=value, joined by &.
type options map[string]string

// parseOptions reads text, in which only known names may be.
func parseOptions(spec, text string, known []string) (options, error) {
	all := options{}
	if text == "" {
		return all, nil
	}
	for part := range strings.SplitSeq(text, "&") {
		name, value, ok := strings.Cut(part, "=")
		switch _, twice := all[name]; {
		case !slices.Contains(known, name):
			hint := "options are " + strings.Join(known, ", ")
			if near := nearest(name, known); near != "" {
				hint = "did you mean " + near + "?"
			}
			return nil, &SpecError{spec, fmt.Sprintf("unknown option %q", name), hint}
		case twice:
			return nil, &SpecError{spec, "option " + name + " is given twice", ""}
		case !ok || value == "":
			return nil, &SpecError{spec, "option " + name + " has no value", "write " + name + "=…"}
		}
		all[name] = value
	}
	return all, nil
}

// nearest is the known name that name may be a slip of; "" when none is near.
func nearest(name string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := distance(name, k); d < least && 2*d < len(name) {
			best, least = k, d
		}
	}
	return best
}

// distance is how many letters have to be changed, added, taken away or swapped
// with their neighbour to make b of a.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// choice is the value of an option that has only a few; the first is the default.
func (o options) choice(spec, name string, values ...string) (string, error) {
	v, ok := o[name]
	if !ok {
		return values[0], nil
	}
	if slices.Contains(values, v) {
		return v, nil
	}
	hint := "write one of " + strings.Join(values, ", ")
	if near := nearest(v, values); near != "" {
		hint = "did you mean " + name + "=" + near + "?"
	}
	return "", &SpecError{spec, fmt.Sprintf("%s=%s is not known", name, v), hint}
}

// duration is the value of an option in time; byDefault when it is not given.
func (o options) duration(spec, name string, byDefault time.Duration) (time.Duration, error) {
	v, ok := o[name]
	if !ok {
		return byDefault, nil
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		return 0, &SpecError{spec, fmt.Sprintf("%s=%s is not a positive duration", name, v), "write for example " + name + "=30s, 10m or 24h"}
	}
	return d, nil
}

// count is the value of an option that is a number; 0 when it is not given.
func (o options) count(spec, name string) (int, error) {
	v, ok := o[name]
	if !ok {
		return 0, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return 0, &SpecError{spec, fmt.Sprintf("%s=%s is not a number from 1 on", name, v), ""}
	}
	return n, nil
}

// size is the value of an option in bytes; 0 when it is not given.
func (o options) size(spec, name string) (int64, error) {
	v, ok := o[name]
	if !ok {
		return 0, nil
	}
	digits := strings.TrimRight(v, "BKMGiTbkmgt")
	n, err := strconv.ParseInt(digits, 10, 64)
	factor, known := map[string]int64{"": 1, "B": 1, "kB": 1e3, "KB": 1e3, "KiB": 1 << 10, "MB": 1e6, "MiB": 1 << 20, "GB": 1e9, "GiB": 1 << 30}[v[len(digits):]]
	if err != nil || !known || n < 1 || n > (1<<62)/factor {
		return 0, &SpecError{spec, fmt.Sprintf("%s=%s is not a size", name, v), "write for example " + name + "=100MiB (kB, KiB, MB, MiB, GB, GiB)"}
	}
	return n * factor, nil
}

// flag is the value of an option that is true or false; false when it is not given.
func (o options) flag(spec, name string) (bool, error) {
	v, err := o.choice(spec, name, "false", "true")
	return v == "true", err
}
