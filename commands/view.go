package commands

import (
	"fmt"
	"strings"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/recording"
	"github.com/logcap/logcap/analyze/scrape"
	"github.com/logcap/logcap/analyze/watch"
)

// view shows a watch while it goes on. update is called from one goroutine at
// a time and may not keep what the progress points to; close gives the
// terminal back and is called once, after the last update.
type view interface {
	update(watch.Progress)
	close()
}

// newView is the view for the stream that progress goes to: a screen where
// there is a terminal to draw on and one to read keys from. The recording goes
// to dir; end ends the watch.
func (o *leakWatchOptions) newView(targets []scrape.Address, dir string, end func()) view {
	if o.terminal(o.err) && o.terminal(o.in) {
		return o.newLiveView(targets, dir, end)
	}
	for _, t := range targets {
		o.progressf("watching %s every %v, %s", t.Name, o.interval, o.howLong())
	}
	return newLines(o.streams, o.duration, len(targets))
}

// howLong says when a watch ends.
func (o *leakWatchOptions) howLong() string {
	var ends []string
	if o.duration > 0 {
		ends = append(ends, "for "+o.duration.String())
	}
	if o.samples > 0 {
		ends = append(ends, fmt.Sprintf("for %d samples", o.samples))
	}
	if len(ends) == 0 {
		return "until Ctrl-C"
	}
	return strings.Join(ends, " or ")
}

// lineEvery is how often a target gets a line: often enough to see that the
// watch goes on, seldom enough for the log of a CI job.
func lineEvery(duration time.Duration) time.Duration {
	if duration <= 0 {
		return 10 * time.Second
	}
	return max(time.Second, min(duration/10, time.Minute))
}

// lines is the view without a terminal: now and then a line for each target.
type lines struct {
	*streams
	every    time.Duration
	duration time.Duration
	several  bool
	last     []time.Duration // when each target had its last line
	failing  []string        // why each target does not answer; "" while it does
	lost     []bool          // that each target's recording is not whole was said
}

func newLines(s *streams, duration time.Duration, targets int) *lines {
	return &lines{
		streams: s, every: lineEvery(duration), duration: duration, several: targets > 1,
		last: make([]time.Duration, targets), failing: make([]string, targets), lost: make([]bool, targets),
	}
}

func (l *lines) update(p watch.Progress) {
	if p.Scrape.Kind == recording.Goroutine && p.Scrape.Err != l.failing[p.Target] {
		l.failing[p.Target] = p.Scrape.Err
		if p.Scrape.Err == "" {
			l.progressf("%s: answers again", p.Name)
		} else {
			l.progressf("%s: no answer, asking on: %s", p.Name, p.Scrape.Err)
		}
	}
	if p.Lost != nil && !l.lost[p.Target] {
		l.lost[p.Target] = true
		l.progressf("%s: cannot be recorded, watching on: %v", p.Name, p.Lost)
	}
	if p.Elapsed-l.last[p.Target] < l.every || len(p.History.Total) == 0 {
		return
	}
	l.last[p.Target] = p.Elapsed
	name := ""
	if l.several {
		name = p.Name + ": "
	}
	l.progressf("%s%s", name, l.line(p))
}

func (l *lines) close() {}

// line says what, how far and how long still.
func (l *lines) line(p watch.Progress) string {
	n := len(p.History.Total)
	parts := []string{
		p.Elapsed.Round(time.Second).String(),
		count(n, "sample"),
		count(int(p.History.Total[n-1].N), "goroutine"),
	}
	if a := p.Analysis; a != nil {
		parts = append(parts, so(a))
	}
	if l.duration > 0 {
		parts = append(parts, max(0, l.duration-p.Elapsed).Round(time.Second).String()+" to go")
	}
	return strings.Join(parts, ", ")
}

// so is the verdict so far, with the place it is about.
func so(a *analyze.Analysis) string {
	if len(a.Findings) == 0 {
		return string(a.Verdict) + " so far"
	}
	f := a.Findings[0]
	return fmt.Sprintf("%s so far: %s at %s:%d", f.Verdict, f.Site.Func, f.Site.File, f.Site.Line)
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
