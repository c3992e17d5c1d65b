package report

import (
	"math"
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/growth"
)

// summary is one paragraph a manager reads, the growth table and the chart,
// and what limits the statement.
func summary(r *Report) []block {
	out := []block{summaryText(r)}
	if f := r.Worst(); f != nil && mechanismBasis(f) == analyze.Derived {
		out = append(out, summarySource(f))
	}
	if t, ok := growthBlock(r); ok {
		out = append(out, t)
	}
	if len(r.Total.Series) >= 2 {
		out = append(out, chart{r.Total.Series, r.Window.Start, r.Window.Seconds})
	}
	if limits := limitsOfWatch(r); len(limits) > 0 {
		out = append(out, note("What to know about this watch:"), bullets{items: limits})
	}
	return out
}

func summaryText(r *Report) para {
	var s text
	add := func(t text) {
		if len(s) > 0 {
			s = append(s, span{prose, " "})
		}
		s = append(s, t...)
	}
	f := r.Worst()
	add(claim(name(r.Target.Name), r.Verdict))
	if n := len(r.Findings); n > 1 {
		add(say("There are %s findings; this is about the worst, the %s.", count(n), does(n-1, "other follows", "others follow")))
	}
	add(summaryGrowth(r))
	if f != nil {
		add(summarySite(f))
		if !undecidedMechanism(f) && mechanismBasis(f) == analyze.Measured {
			add(say("The mechanism is %v: %s.", name(string(f.Mechanism)), guide(f.Mechanism).means))
		}
	}
	if t := summaryLimit(r); t != nil {
		add(t)
	}
	add(summaryNext(r))
	return para{analyze.Measured, s}
}

func claim(who span, v analyze.Verdict) text {
	switch v {
	case analyze.Confirmed:
		return say("%v leaks goroutines, and the Go runtime itself confirms it.", who)
	case analyze.Probable:
		return say("%v very probably leaks goroutines.", who)
	case analyze.Stuck:
		return say("%v has goroutines that are stuck: an outage of what they serve, although their number need not grow.", who)
	case analyze.Suspect:
		return say("%v may be leaking goroutines: a count grows, but nothing shows yet that those goroutines never end.", who)
	case analyze.GrowingWithLoad:
		return say("The goroutines of %v grow with its load; what was seen does not look like a leak.", who)
	case analyze.Stable:
		return say("No goroutine leak was seen in %v.", who)
	default:
		return say("Whether %v leaks goroutines cannot be said from what was seen; this is not the same as clean.", who)
	}
}

// summaryGrowth says how the total moved, from which baseline and since when.
func summaryGrowth(r *Report) text {
	t, w := r.Total, r.Window
	if w.Samples == 0 {
		return say("There is no sample.")
	}
	if w.Samples == 1 {
		return say("There is one sample, of %s, and one moment shows no growth.", goroutines(t.Last))
	}
	grows := t.Rate.Low > 0
	out := say("In %s the total went from %s to %s", duration(w.Seconds), grouped(float64(t.First)), goroutines(t.Last))
	if !grows && level(t.First, t.Last) && r.Verdict != analyze.Inconclusive {
		out = say("In %s the total stayed level, %s at first and %s at last", duration(w.Seconds), goroutines(t.First), grouped(float64(t.Last)))
	}
	if t.Baseline > 0 && t.Baseline != t.First {
		out = append(out, say(", from a baseline of %s", grouped(float64(t.Baseline)))...)
	}
	switch {
	case r.Verdict == analyze.Inconclusive:
		return append(out, inconclusiveWhy(r)...)
	case !grows:
		return append(append(out, unclear(t)...), hidden(r)...)
	}
	return append(out, say(". It grows by %s, %s, %s.", rate(t.Rate), manner(t.Trend.Shape, t.Trend.Step), since(w, t.Trend))...)
}

// level says that two counts differ by no more than what a service at rest does.
func level(first, last int) bool {
	return math.Abs(float64(last-first)) <= max(4, 0.1*float64(max(first, last)))
}

// unclear is the trend of a total that does not grow beyond doubt.
func unclear(t analyze.Total) text {
	after := "It"
	if t.Trend.Warmup > 0 {
		after = "After " + duration(t.Trend.Warmup) + " of start-up it"
	}
	switch {
	case t.Rate.High < 0:
		return say(". %s falls by %s.", after, rate(analyze.Rate{Value: -t.Rate.Value, Low: -t.Rate.High, High: -t.Rate.Low}))
	case level(t.First, t.Last):
		return say(": %s, which is within noise.", rate(t.Rate))
	}
	return say(". %s shows no trend: %s, which is within noise.", after, rate(t.Rate))
}

// hidden is the rate of a leak that the total does not show, for all that comes and goes beside it.
func hidden(r *Report) text {
	f := r.Worst()
	if f == nil || f.Rate.Low <= 0 || f.Verdict == analyze.GrowingWithLoad {
		return nil
	}
	return say(" The total hides what grows, at the site below: %s, %s.", rate(f.Rate), manner(f.Shape, f.Step))
}

func inconclusiveWhy(r *Report) text {
	t := r.Total
	out := say(": %s. ", rate(t.Rate))
	n := t.Trend.Samples
	if n == 0 {
		n = r.Window.Samples
	}
	out = append(out, say("%s %s over %s cannot tell a leak from a load that rises", capital(count(n)), plural(float64(n), "sample"), duration(r.Window.Seconds))...)
	if finite(t.Trend.P) && t.Trend.P > 0 && t.Trend.Samples > 0 {
		out = append(out, say(" (one-sided Mann–Kendall p is %s)", pvalue(t.Trend.P))...)
	}
	if r.Window.Scrapes["goroutine"]+r.Window.Scrapes["stacks"] == 0 {
		out = append(out, say(", and counts alone do not say where the goroutines begin or what they wait for")...)
	}
	return append(out, span{prose, "."})
}

func since(w analyze.Window, t growth.Trend) string {
	if t.Warmup > 0 {
		at := w.Start.Add(seconds(t.Warmup))
		return "ever since " + clock(at) + " (the " + duration(t.Warmup) + " of start-up before are left out)"
	}
	return "for as long as it was watched, since " + clock(w.Start) + " or earlier"
}

// summarySite says where the goroutines of the worst finding come from: the
// user's code when a cause is known, and the site itself.
func summarySite(f *analyze.Finding) text {
	var out text
	if c := f.Cause; c != nil && c.Kind == analyze.Measured && c.Func != "" && c.Func != f.Site.Func {
		out = say("They stem from %v (%v), which makes ", name(c.Func), place(c.File, c.Line))
		out = append(out, say("%v start them", name(siteName(f.Site)))...)
	} else {
		out = say("They begin at %v", name(siteName(f.Site)))
		if f.Site.File != "" {
			out = append(out, say(" (%v)", place(f.Site.File, f.Site.Line))...)
		}
	}
	if f.Verdict == analyze.Stuck {
		out = append(out, say(": %s, waiting in %v", goroutines(f.Count.Last), waits(f))...)
		if n := victims(f); n > 0 {
			out = append(out, say("; %s more %s behind it", grouped(float64(n)), does(n, "waits", "wait"))...)
		}
		return append(out, span{prose, "."})
	}
	out = append(out, say(": %s at first, %s at last", grouped(float64(f.Count.First)), grouped(float64(f.Count.Last)))...)
	if f.State != "" {
		out = append(out, say(", waiting in %v", name(string(f.State)))...)
	}
	if c := f.Cohort; c != nil && c.Born > 0 {
		out = append(out, say("; of %s born while it was watched, %s still %s", grouped(float64(c.Born)), grouped(float64(c.Survivors)), does(c.Survivors, "lives", "live"))...)
	}
	return append(out, span{prose, "."})
}

// summaryLimit names the limit that is reached first; nil when nothing grows.
func summaryLimit(r *Report) text {
	if len(r.Findings) == 0 || len(r.Impact.Project) == 0 || r.Verdict == analyze.Inconclusive {
		return nil
	}
	l := nearest(r.Impact.Limits)
	if l == nil {
		return say("No limit of memory or descriptors is known, so when it fails cannot be said.")
	}
	thumb := ""
	if l.Basis == analyze.Advice {
		thumb = ", a rule of thumb where no nearer limit is known"
	}
	return say("At this rate it reaches %s in %s%s%s.", limitName(*l), duration(l.Seconds), limitRange(*l), thumb)
}

func summaryNext(r *Report) text {
	switch r.Verdict {
	case analyze.Stable:
		return say("%s", missable(r))
	case analyze.Inconclusive, analyze.Suspect:
		return say("Next: watch the process longer (see Validation Plan).")
	case analyze.GrowingWithLoad:
		return say("Watch it again at constant load to be sure.")
	default:
		return say("What ends it is under Recommended Fixes, how to prove that under Validation Plan.")
	}
}

// missable is the smallest leak this watch would have shown: at least three goroutines in its time.
func missable(r *Report) string {
	if r.Window.Seconds <= 0 {
		return "The watch had no length."
	}
	return "A leak slower than about " + number(3*minute/r.Window.Seconds) + " a minute would not have shown in " + duration(r.Window.Seconds) + "."
}

func growthBlock(r *Report) (table, bool) {
	if len(r.Growth) == 0 {
		return table{}, false
	}
	t := table{basis: analyze.Measured, head: []string{"Time", "After", "Goroutines", "Change", "Since baseline"}, align: "lrrrr"}
	for _, g := range r.Growth {
		row := []text{say("%s", clock(g.At)), say("%s", duration(g.Seconds)), say("no sample"), say("–"), say("–")}
		if g.Goroutines != nil {
			row[2] = say("%s", grouped(float64(*g.Goroutines)))
		}
		if g.Change != nil {
			row[3] = say("%s", signed(*g.Change))
		}
		if g.SinceBaseline != nil {
			row[4] = say("%s", signed(*g.SinceBaseline))
		}
		t.rows = append(t.rows, row)
	}
	return t, true
}

// maxWarnings is how many warnings a document lists.
const maxWarnings = 20

// limitsOfWatch is what a reader must know before trusting the rest.
func limitsOfWatch(r *Report) []para {
	var out []para
	for _, t := range r.Window.Restarts {
		out = append(out, measured("A new process began to answer at %s; no trend is fitted across it.", clock(t)))
	}
	for _, g := range r.Window.Gaps {
		out = append(out, measured("No answer from %s to %s: %v.", clock(g.Start), clock(g.End), words(strings.TrimSuffix(g.Why, "."))))
	}
	for i, w := range r.Warnings {
		if i == maxWarnings {
			out = append(out, note("%d more warnings are in the JSON report.", len(r.Warnings)-i))
			break
		}
		out = append(out, para{analyze.Measured, plainSentence(w)})
	}
	return out
}
