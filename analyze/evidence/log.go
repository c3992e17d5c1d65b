// Package evidence reads what a target says about itself outside its profiles:
// log lines with goroutine counts, and its Prometheus metrics. It turns text
// into counts, gauges and facts and judges nothing; everything it reads is
// another program's text, so it is forgiving, bounded, and quotes what it warns of.
package evidence

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Log is the counts of goroutines that log lines tell, in order of time.
type Log struct {
	Points []Reading
	// Baseline is the count that the logger compares with; nil when no line states one.
	Baseline *int
	// BaselineTime is when the count was the baseline, where that follows from
	// a line: its time minus its duration, when its growth in that duration is
	// all that it is above the baseline. Zero when nothing tells.
	// BaselineNote says which, in one line.
	BaselineTime time.Time
	BaselineNote string
	// Silent: every line speaks of a change and no count is repeated, so this
	// logger says nothing while nothing changes. What is between its lines and
	// after the last is not known; in particular, a plateau does not show.
	Silent bool
	// Cut: the log breaks off; what came before it does stands.
	Cut bool
	// Skipped is how many lines speak of goroutines and give no count or no time.
	Skipped  int
	Warnings []string
}

// Reading is one count.
type Reading struct {
	Time  time.Time // UTC
	Count int
	// Line is the line as it was, without its newline, cut at 4 KiB; "" in the
	// middle of a log with more than a thousand readings.
	Line   string
	LineNo int // from 1, in the decompressed log
}

const (
	maxLine     = 1 << 20 // a longer line is passed over
	maxReadings = 1 << 20
	maxQuoted   = 4 << 10 // of a reading's line
	endsQuoted  = 500     // readings at each end that keep their lines
	maxWarnings = 50
)

// ErrNoCounts is what ReadLog returns when no line holds a count with a time.
var ErrNoCounts error = noCounts{}

type noCounts struct{}

func (noCounts) Error() string { return "no log line with a goroutine count and a time" }

// Hint names what a line needs.
func (noCounts) Hint() string {
	return `a line needs a count and a time, for example {"time":"2025-11-06T06:42:21Z","goroutines":102}`
}

// ReadLog reads a log, plain, gzip or zstd, in which JSON lines with goroutine
// counts stand anywhere among others: bare, behind a text prefix, or wrapped
// as Docker's json-file driver does. A line that cannot be used is passed over
// and, when it speaks of goroutines, counted. A log that breaks off gives what
// came before with a warning.
func ReadLog(r io.Reader) (*Log, error) {
	plain, done, err := decompress(r)
	if err != nil {
		return nil, fmt.Errorf("read log: %w", err)
	}
	defer done()
	c := collector{log: &Log{}}
	err = c.read(plain)
	if len(c.log.Points) == 0 {
		if err == nil {
			err = ErrNoCounts
		}
		return nil, fmt.Errorf("read log: %w", err)
	}
	if err != nil {
		c.log.Cut = true
		c.warn("the log cannot be read to its end: %v", err)
	}
	c.finish()
	return c.log, nil
}

// LooksLikeLog says that ReadLog would find a reading in these first bytes of
// an input, which may be compressed and may break off anywhere.
func LooksLikeLog(head []byte) bool {
	plain, done, err := decompress(bytes.NewReader(head))
	if err != nil {
		return false
	}
	defer done()
	found := false
	// What breaks off is no news here.
	_ = eachLine(plain, func(_ int, b []byte) bool {
		_, found = parseLine(b)
		return !found
	})
	return found
}

// collector is one ReadLog under way.
type collector struct {
	log       *Log
	unchanged bool // a line that speaks of no change was seen
	zoneless  bool
	unsaid    int
}

func (c *collector) warn(format string, args ...any) {
	if len(c.log.Warnings) < maxWarnings {
		c.log.Warnings = append(c.log.Warnings, fmt.Sprintf(format, args...))
	} else {
		c.unsaid++
	}
}

func (c *collector) read(r io.Reader) error {
	return eachLine(r, func(n int, b []byte) bool {
		s, ok := parseLine(b)
		switch {
		case ok && len(c.log.Points) == maxReadings:
			c.warn("only the first %d readings are used", maxReadings)
			return false
		case ok:
			c.add(n, b, s)
		case speaksOfGoroutines(b):
			c.log.Skipped++
		}
		return true
	})
}

func (c *collector) add(n int, b []byte, s statement) {
	line := string(b[:min(len(b), maxQuoted)])
	points := append(c.log.Points, Reading{Time: s.time, Count: s.count, Line: line, LineNo: n})
	if old := len(points) - 1 - endsQuoted; old >= endsQuoted {
		points[old].Line = ""
	}
	c.log.Points = points
	c.unchanged = c.unchanged || !s.changed
	if s.zoneless && !c.zoneless {
		c.zoneless = true
		c.warn("line %d states no time zone; UTC is assumed, here and after", n)
	}
	if s.baseline != nil {
		c.addBaseline(n, s)
	}
}

func (c *collector) addBaseline(n int, s statement) {
	switch base := *s.baseline; {
	case c.log.Baseline == nil:
		c.log.Baseline = s.baseline
		c.placeBaseline(n, s)
	case *c.log.Baseline != base:
		c.warn("line %d states the baseline %d, not %d as before: another process, or one that started anew", n, base, *c.log.Baseline)
	}
	if s.total != nil && s.count-*s.baseline != *s.total {
		c.warn("line %d states a total growth of %d, and %d is %d above %d", n, *s.total, s.count, s.count-*s.baseline, *s.baseline)
	}
}

func (c *collector) placeBaseline(n int, s statement) {
	base := *s.baseline
	if s.growth == nil || s.duration <= 0 || s.count-*s.growth != base {
		c.log.BaselineNote = fmt.Sprintf("the baseline of %d is stated without a time", base)
		return
	}
	c.log.BaselineTime = s.time.Add(-s.duration)
	c.log.BaselineNote = fmt.Sprintf("derived: line %d states a growth of %d within %v, so the count was the baseline of %d at %s",
		n, *s.growth, s.duration, base, c.log.BaselineTime.Format(time.RFC3339Nano))
}

func (c *collector) finish() {
	p := c.log.Points
	byTime := func(a, b Reading) int { return a.Time.Compare(b.Time) }
	if !slices.IsSortedFunc(p, byTime) {
		c.warn("the lines are not in order of time; they were sorted")
		slices.SortStableFunc(p, byTime)
	}
	c.log.Silent = !c.unchanged
	for i := 1; i < len(p); i++ {
		if p[i].Count == p[i-1].Count {
			c.log.Silent = false
		}
	}
	if c.log.Skipped > 0 {
		c.warn("lines that speak of goroutines and give no count or no time: %d", c.log.Skipped)
	}
	if c.unsaid > 0 {
		c.log.Warnings = append(c.log.Warnings, fmt.Sprintf("%d more warnings are not listed", c.unsaid))
	}
}

// eachLine calls do for each line, without its newline, until it says false.
// Lines over maxLine are passed over.
func eachLine(r io.Reader, do func(n int, line []byte) bool) error {
	in := bufio.NewReaderSize(r, 1<<16)
	var line []byte
	for n := 1; ; n++ {
		line = line[:0]
		part, err := in.ReadSlice('\n')
		for ; errors.Is(err, bufio.ErrBufferFull); part, err = in.ReadSlice('\n') {
			if len(line) <= maxLine {
				line = append(line, part...)
			}
		}
		whole := part
		if len(line) > 0 {
			line = append(line, part...)
			whole = line
		}
		if len(whole) > 0 && len(whole) <= maxLine && !do(n, bytes.TrimRight(whole, "\r\n")) {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// quote makes another program's text safe and short enough for a warning.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(s)
}
