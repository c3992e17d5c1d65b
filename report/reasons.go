package report

import (
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/growth"
)

// reasons are the numbered points, each with the numbers it rests on.
func reasons(r *Report, f *analyze.Finding) []para {
	var out []para
	switch {
	case f.Verdict == analyze.Stuck || f.Shape == growth.Stuck:
		out = append(out, measured("%s here at the start of the watch, %s at its end: the number is not the symptom.",
			goroutines(f.Count.First), grouped(float64(f.Count.Last))))
	case f.Count.First == f.Count.Last && r.Window.Seconds == 0:
		out = append(out, measured("%s here at the one moment that was seen; whether their number grows is not known.", goroutines(f.Count.Last)))
	default:
		out = append(out, measured("It grows: %s to %s in %s, %s a minute, %s.", grouped(float64(f.Count.First)), goroutines(f.Count.Last),
			duration(r.Window.Seconds), number(f.Rate.Value), manner(f.Shape, f.Step)))
	}
	told := len(f.Evidence) > 0 // Detect's own reasons have these numbers in them
	if n := f.Trend; !told && n != nil && n.Samples > 0 && f.Verdict != analyze.Stuck {
		out = append(out, trendReason(n))
	}
	if c := f.Cohort; !told && c != nil {
		out = append(out, measured("Followed by id between dumps: %s born, %s of them alive at the end; %s died, of those born and those already there. The oldest alive has been here for at least %s.",
			grouped(float64(c.Born)), grouped(float64(c.Survivors)), grouped(float64(c.Died)), duration(c.OldestSeconds)))
	}
	if n := victims(f); n > 0 {
		out = append(out, behind(f, n))
	}
	for i, e := range f.Evidence {
		if !doubts(e) && !repeats(f, i) { // doubts are said where the cause is
			t := sentence(e.Text)
			if e.Kind == analyze.Derived {
				t = sentence(shortNames(e.Text))
			}
			out = append(out, para{e.Kind, atPlace(t, e.File, e.Line)})
		}
	}
	return out
}

// repeats: what the profiles held for the cause is evidence once the source has
// named another, and the traces that it rests on have told it before.
func repeats(f *analyze.Finding, i int) bool {
	e := f.Evidence[i]
	return e.Kind == analyze.Measured && strings.HasPrefix(e.Text, "created on behalf of ") && slices.ContainsFunc(f.Evidence[:i], func(x analyze.Evidence) bool {
		return x.Kind == analyze.Measured && x.File == e.File && x.Line == e.Line && e.File != ""
	})
}

// behind is what the n victims of a finding have to do with it: behind a lock
// nothing moves, while the peer of a kept connection ends with the connection.
func behind(f *analyze.Finding, n int) para {
	if f.Mechanism == analyze.ClientPerCall || f.Mechanism == analyze.HTTPBodyNotClosed {
		return measured("%s at the other end %s for as long as it does.", goroutines(n), does(n, "stays", "stay"))
	}
	return measured("%s %s behind it and cannot go on either.", goroutines(n), does(n, "waits", "wait"))
}

func trendReason(n *analyze.Numbers) para {
	t := say("It is not noise: over %d samples in %s", n.Samples, duration(n.Seconds))
	if n.PAdjusted > 0.05 || !finite(n.PAdjusted) {
		t = say("By the trend alone it could be noise: over %d samples in %s", n.Samples, duration(n.Seconds))
	}
	t = append(t, say(" (%s of start-up left out) the one-sided Mann–Kendall p is %s, %s after correction for all sites.",
		duration(n.Warmup), pvalue(n.P), pvalue(n.PAdjusted))...)
	if finite(n.Late.Value) {
		t = append(t, say(" In the second half it grows by %s", rate(n.Late))...)
	}
	switch {
	case n.Plateau:
		t = append(t, say("; it has reached a plateau")...)
	case n.Ratchet:
		t = append(t, say(", and the minimum of each third of the window is above the one before")...)
	}
	return para{analyze.Measured, append(t, span{prose, "."})}
}

func victims(f *analyze.Finding) int {
	n := 0
	for _, v := range f.Victims {
		n += v.Count
	}
	return n
}
