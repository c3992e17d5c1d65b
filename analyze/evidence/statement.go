package evidence

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// statement is what one line says about the number of goroutines.
type statement struct {
	time     time.Time
	zoneless bool
	count    int
	// What only some loggers add: nil and zero when they do not.
	baseline, growth, total *int
	duration                time.Duration
	changed                 bool // the line speaks of a change
}

// Field names are compared in lower case and without "_", "-", "." and spaces:
// num_goroutine, numGoroutine and runtime.NumGoroutine are one. The order is
// that in which they are believed. "goroutine" alone is not here: it is an id.
func countFields() []string {
	return []string{"goroutines", "goroutinecount", "goroutinescount", "numgoroutine", "numgoroutines", "gogoroutines",
		"runtimenumgoroutine", "runtimegoroutines", "currentgoroutines", "goroutinescurrent", "goroutinestotal", "totalgoroutines",
		"activegoroutines", "livegoroutines", "currentcount"}
}

func timeFields() []string {
	return []string{"time", "ts", "timestamp", "@timestamp", "datetime", "date", "t"}
}

// speaksOfGoroutines is the cheap test that most lines of a log fail.
func speaksOfGoroutines(line []byte) bool {
	for _, word := range []string{"goroutine", "Goroutine", "GOROUTINE"} {
		if bytes.Contains(line, []byte(word)) {
			return true
		}
	}
	return false
}

// parseLine finds a count and its time in a line; false when one is missing.
func parseLine(line []byte) (statement, bool) {
	if !speaksOfGoroutines(line) {
		return statement{}, false
	}
	fields, prefix := object(line)
	if fields == nil {
		return statement{}, false
	}
	outer, outerKnown := stated(prefixTime(prefix))
	if text, ok := fields["log"].(string); ok { // Docker's json-file driver
		if at, ok := fieldTime(fields); ok {
			outer, outerKnown = at, true
		}
		if fields, prefix = object([]byte(text)); fields == nil {
			return statement{}, false
		}
		if at, ok := stated(prefixTime(prefix)); ok {
			outer, outerKnown = at, true
		}
	}
	return read(fields, outer, outerKnown)
}

// instant is a time and whether its zone was stated.
type instant struct {
	time     time.Time
	zoneless bool
}

func stated(i instant) (instant, bool) { return i, !i.time.IsZero() }

func read(fields map[string]any, outer instant, outerKnown bool) (statement, bool) {
	at, ok := fieldTime(fields)
	if !ok {
		at, ok = outer, outerKnown
	}
	if !ok {
		return statement{}, false
	}
	s := statement{time: at.time, zoneless: at.zoneless}
	if s.count, ok = count(fields, 0); !ok {
		return statement{}, false
	}
	folded := fold(fields)
	s.baseline, s.growth, s.total = natural(folded["baseline"]), integer(folded["growth"]), integer(folded["totalgrowth"])
	s.duration = duration(folded["duration"])
	message := ""
	for _, key := range []string{"msg", "message", "event"} {
		if text, ok := folded[key].(string); ok {
			message = strings.ToLower(text)
			break
		}
	}
	s.changed = s.growth != nil && *s.growth != 0 || strings.Contains(message, "change")
	return s, true
}

// object decodes the first JSON object in a line and gives the text before it.
func object(line []byte) (fields map[string]any, prefix string) {
	const tries = 8 // braces in the text before it
	from := 0
	for range tries {
		i := bytes.IndexByte(line[from:], '{')
		if i < 0 {
			return nil, ""
		}
		from += i
		dec := json.NewDecoder(bytes.NewReader(line[from:]))
		dec.UseNumber()
		if err := dec.Decode(&fields); err == nil {
			return fields, string(line[:from])
		}
		fields = nil
		from++
	}
	return nil, ""
}

// fold makes the names of the fields comparable; of two that fold to the same
// the first in the order of their names stays.
func fold(fields map[string]any) map[string]any {
	folded := make(map[string]any, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f := strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(strings.ToLower(name))
		if _, taken := folded[f]; !taken {
			folded[f] = fields[name]
		}
	}
	return folded
}

// count finds the number of goroutines, also in the groups that structured
// loggers nest.
func count(fields map[string]any, depth int) (int, bool) {
	folded := fold(fields)
	for _, name := range countFields() {
		if n := natural(folded[name]); n != nil {
			return *n, true
		}
	}
	if depth == 3 {
		return 0, false
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if group, ok := fields[name].(map[string]any); ok {
			if n, ok := count(group, depth+1); ok {
				return n, true
			}
		}
	}
	return 0, false
}

// natural is a count; nil when the value is none.
func natural(v any) *int {
	n := integer(v)
	if n == nil || *n < 0 {
		return nil
	}
	return n
}

// integer reads a whole number, also one in quotes or with a fraction of zero.
func integer(v any) *int {
	f, ok := number(v)
	const most = 1 << 31 // more goroutines than that have no memory to be in
	if !ok || f != math.Trunc(f) || math.Abs(f) > most {
		return nil
	}
	n := int(f)
	return &n
}

func number(v any) (float64, bool) {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	default:
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !math.IsNaN(f)
}

// duration is in seconds; text such as "1m0s" and the nanoseconds of a
// time.Duration, told by their size, are understood too.
func duration(v any) time.Duration {
	if text, ok := v.(string); ok {
		if d, err := time.ParseDuration(text); err == nil {
			return d
		}
	}
	f, ok := number(v)
	switch {
	case !ok || f <= 0 || f > math.MaxInt64:
		return 0
	case f >= 1e6: // seconds would be eleven days
		return time.Duration(f)
	}
	return time.Duration(math.Round(f * 1e9))
}
