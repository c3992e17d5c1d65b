package evidence

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// fieldTime finds the time among a line's fields.
func fieldTime(fields map[string]any) (instant, bool) {
	folded := fold(fields)
	for _, name := range timeFields() {
		switch v := folded[name].(type) {
		case string:
			if at, ok := parseTime(v); ok {
				return at, true
			}
			if at, ok := epoch(v); ok {
				return at, true
			}
		case json.Number:
			if at, ok := epoch(v.String()); ok {
				return at, true
			}
		}
	}
	return instant{}, false
}

// parseTime reads RFC 3339 and the forms beside it that Go's loggers write.
func parseTime(s string) (instant, bool) {
	for _, layout := range []string{
		time.RFC3339Nano,
		"2006-01-02T15:04:05.999999999Z0700", // zap's ISO 8601
		"2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02 15:04:05.999999999 -0700 MST", // time.Time's String
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return at(t, false)
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006/01/02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return at(t, true)
		}
	}
	return instant{}, false
}

// epoch reads a Unix time in seconds, milliseconds, microseconds or
// nanoseconds: for the years 1973 to 5138 the size tells which.
func epoch(s string) (instant, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		switch {
		case n <= 0:
			return instant{}, false
		case n < 1e11:
			return at(time.Unix(n, 0), false)
		case n < 1e14:
			return at(time.UnixMilli(n), false)
		case n < 1e17:
			return at(time.UnixMicro(n), false)
		}
		return at(time.Unix(0, n), false)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0 && f < 1e18) {
		return instant{}, false
	}
	for f >= 1e11 {
		f /= 1000
	}
	whole, rest := math.Modf(f)
	// A float64 holds today's seconds to a quarter of a microsecond.
	return at(time.Unix(int64(whole), int64(math.Round(rest*1e6))*1000), false)
}

// at refuses times that no report can print.
func at(t time.Time, zoneless bool) (instant, bool) {
	t = t.UTC()
	if y := t.Year(); y < 1970 || y > 9999 {
		return instant{}, false
	}
	return instant{t, zoneless}, true
}

// prefixTime finds a time in the text before a JSON object, as docker logs -t,
// kubectl logs --timestamps, CRI and Go's own log package write it.
func prefixTime(prefix string) instant {
	words := strings.Fields(prefix)
	for i := range min(len(words), 6) {
		if t, ok := parseTime(words[i]); ok {
			return t
		}
		if i+1 < len(words) {
			if t, ok := parseTime(words[i] + " " + words[i+1]); ok {
				return t
			}
		}
	}
	return instant{}
}
