package docker

import (
	"bytes"
	"time"
)

// stampLen is the length of the engine's usual timestamp: 2006-01-02T15:04:05.000000000Z.
const stampLen = 30

// longestStamp is the longest form of RFC 3339 that is looked for, with the space behind it.
const longestStamp = 48

// stamp reads the timestamp that text begins with, up to the space behind it:
// Unix time in ns, and how many bytes it has with that space. ok is false when there is none.
func stamp(text []byte) (ns int64, n int, ok bool) {
	if len(text) > stampLen && text[stampLen] == ' ' {
		if ns, ok := fixedStamp(text[:stampLen]); ok {
			return ns, stampLen + 1, true
		}
	}
	// Another form of RFC 3339: fewer digits, an offset.
	end := bytes.IndexByte(text[:min(len(text), longestStamp)], ' ')
	if end < 0 {
		return 0, 0, false
	}
	t, err := time.Parse(time.RFC3339Nano, string(text[:end]))
	if err != nil {
		return 0, 0, false
	}
	return t.UnixNano(), end + 1, true
}

// fixedStamp reads 2006-01-02T15:04:05.000000000Z.
func fixedStamp(b []byte) (int64, bool) {
	const form = "0000-00-00T00:00:00.000000000Z"
	for i := range stampLen {
		c, f := b[i], form[i]
		if f == '0' && (c < '0' || c > '9') || f != '0' && c != f {
			return 0, false
		}
	}
	num := func(from, to int) int64 {
		n := int64(0)
		for _, c := range b[from:to] {
			n = 10*n + int64(c-'0')
		}
		return n
	}
	year, month, day := num(0, 4), num(5, 7), num(8, 10)
	hour, minute, second := num(11, 13), num(14, 16), num(17, 19)
	if year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	return (days(year, month, day)*86400+hour*3600+minute*60+second)*1e9 + num(20, 29), true
}

// days is the number of days from 1970-01-01 to a date of the Gregorian
// calendar, by Hinnant's days_from_civil (howardhinnant.github.io/date_algorithms.html).
func days(year, month, day int64) int64 {
	if month <= 2 {
		year--
	}
	era := year / 400
	yearOfEra := year - era*400
	dayOfYear := (153*((month+9)%12)+2)/5 + day - 1
	return era*146097 + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - 719468
}
