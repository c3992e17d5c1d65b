package report

import (
	"fmt"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// headings of the Markdown and text documents, always these and in this order.
var headings = [...]string{
	"Executive Summary", "Root Cause", "Secondary Findings", "Cleared Suspects", "Impact", "Leak Mechanism", "Code Path",
	"Recommended Fixes", "Validation Plan", "Metrics to Watch", "Prevention", "Appendix: Goroutine Inventory", "References",
}

// build turns a report into the document people read.
func build(r *Report) document {
	bodies := [...][]block{
		summary(r), rootCause(r), secondary(r), cleared(r), impactSection(r), mechanism(r), codePath(r),
		fixes(r), validation(r), metrics(r), prevention(r), inventory(r), references(r),
	}
	d := document{title: title(r), head: head(r), legend: legend()}
	for i, h := range headings {
		d.sections = append(d.sections, section{heading: h, blocks: bodies[i], brief: brief(h)})
	}
	return d
}

// brief are the sections a terminal shows: what is wrong, what it costs, what to do.
func brief(heading string) bool {
	switch heading {
	case "Executive Summary", "Root Cause", "Secondary Findings", "Impact", "Recommended Fixes", "Validation Plan":
		return true
	}
	return false
}

func title(r *Report) text {
	return say("Goroutine leak report: %v", name(r.Target.Name))
}

func legend() text {
	return say("Each statement says what it rests on: %v: profiles, logs and metrics of the target, and arithmetic on them; "+
		"%v: the source tree, with file and line; %v: general to the mechanism and not specific to this program. All times are UTC.",
		bold("measured"), bold("derived"), bold("advice"))
}

func head(r *Report) []field {
	w := r.Window
	out := []field{
		{"Date", say("%s", date(w.End))},
		{"Target", target(r.Target)},
		{"Window", say("%s, %s to %s: %s", duration(w.Seconds), moment(w.Start), moment(w.End), scrapes(w))},
	}
	if s := r.Severity(); s != "" {
		out = append(out, field{"Severity", say("%v", bold(strings.ToUpper(string(s))))})
	} else {
		out = append(out, field{"Severity", say("none: there is no finding")})
	}
	return append(out,
		field{"Status", say("%v: %s", bold(verdictWord(r.Verdict)), verdictMeaning(r.Verdict))},
		field{"Made by", say("%s %v", r.Tool.Name, words(r.Tool.Version))},
		field{"Make it again", remake(r)})
}

func remake(r *Report) text {
	if r.Remake == "" {
		return say("the input was not kept")
	}
	return text{name(r.Remake)}
}

func target(t analyze.Target) text {
	parts := []text{{name(t.Name)}}
	if t.URL != "" && t.URL != t.Name {
		parts = append(parts, text{name(t.URL)})
	}
	if t.PID != 0 {
		parts = append(parts, say("pid %d", t.PID))
	}
	if t.GoVersion != "" {
		parts = append(parts, text{words(t.GoVersion)})
	}
	return join(", ", parts...)
}

func scrapes(w analyze.Window) string {
	s := fmt.Sprintf("%d %s", w.Samples, plural(float64(w.Samples), "sample"))
	var taken []string
	for _, k := range []string{"goroutine", "stacks", "goroutineleak", "memory", "trace"} {
		if n := w.Scrapes[k]; n > 0 {
			taken = append(taken, fmt.Sprintf("%d %s", n, scrapeName(k, n)))
		}
	}
	if len(taken) == 0 {
		return s + ", no profiles"
	}
	return s + "; " + strings.Join(taken, ", ")
}

func scrapeName(kind string, n int) string {
	word := map[string]string{
		"goroutine": "goroutine profile", "stacks": "full dump", "goroutineleak": "goroutineleak profile",
		"memory": "memory reading", "trace": "execution trace",
	}[kind]
	return plural(float64(n), word)
}

// verdictMeaning is the ladder in words a reader needs no manual for.
func verdictMeaning(v analyze.Verdict) string {
	switch v {
	case analyze.Confirmed:
		return "the Go runtime's own leak profile proves that goroutines can never wake"
	case analyze.Probable:
		return "the trend and the fate of single goroutines agree, or the pattern is unmistakable"
	case analyze.Stuck:
		return "goroutines do not grow in number, and do not move any more"
	case analyze.Suspect:
		return "the count grows; that these goroutines never end is not shown"
	case analyze.GrowingWithLoad:
		return "growth that follows the load or is matched by deaths; not a leak by what was seen"
	case analyze.Stable:
		return "nothing that was watched leaks, as far as this window can tell"
	default:
		return "too little was seen to decide, which is not the same as clean"
	}
}
