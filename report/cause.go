package report

import (
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/growth"
)

// rootCause is the worst finding in full.
func rootCause(r *Report) []block {
	f := r.Worst()
	if f == nil {
		return noCause(r)
	}
	out := findingBlocks(r, f)
	return append(append(out, logLines(r)...), note("The source was not read for this report: what is known about the code is above."))
}

func noCause(r *Report) []block {
	if r.Verdict == analyze.Stable || r.Verdict == analyze.GrowingWithLoad {
		return append([]block{measured("None: no site grows without end and none is stuck.")}, logLines(r)...)
	}
	if len(r.LogLines) > 0 {
		return append([]block{measured("Not known. The input holds counts and no stacks: nothing says where the goroutines begin or what they wait for.")}, logLines(r)...)
	}
	return []block{measured("Not known: no site could be judged.")}
}

// logLines quotes the lines that served as evidence.
func logLines(r *Report) []block {
	if len(r.LogLines) == 0 {
		return nil
	}
	return []block{note("The target's own log lines, as they were:"),
		listing{basis: analyze.Measured, lang: "text", lines: quoteLines(r.LogLines)}}
}

// findingBlocks is one finding: where, what, how sure, and why.
func findingBlocks(r *Report, f *analyze.Finding) []block {
	out := []block{
		subheading{say("%v: %s%s", name(blame(f)), verdictWord(f.Verdict), decided(f))},
		facts(f),
		subheading{say("%s", whyTitle(f))},
		bullets{ordered: true, items: reasons(r, f)},
	}
	if len(f.Points) >= 2 {
		out = append(out, measured("Its count over the window: %v", span{code, sparkline(f.Points, r.Window.Seconds)}))
	}
	if len(f.Stack) > 0 {
		out = append(out, note("Where they wait, innermost call first:"), listing{basis: analyze.Measured, lang: "text", lines: stackLines(f)})
	}
	if len(f.Lineage) > 0 {
		out = append(out, note("Lineage, from the goroutine back to the application:"), lineageTable(f))
	}
	return out
}

// blame is the function a finding is filed under: the cause where one is known, else the site.
func blame(f *analyze.Finding) string {
	if f.Cause != nil && f.Cause.Func != "" {
		return f.Cause.Func
	}
	return siteName(f.Site)
}

// decided is the mechanism for a heading, nothing when it is not decided.
func decided(f *analyze.Finding) string {
	if f.Mechanism == analyze.Unknown || len(f.Candidates) > 0 {
		return ""
	}
	return ", " + string(f.Mechanism)
}

func whyTitle(f *analyze.Finding) string {
	switch f.Verdict {
	case analyze.Confirmed, analyze.Probable:
		return "Why this leaks"
	case analyze.Stuck:
		return "Why this is stuck"
	case analyze.Suspect:
		return "Why this is suspected"
	default:
		return "What was seen"
	}
}

// facts are the finding's fields, one a row.
func facts(f *analyze.Finding) table {
	t := table{head: []string{"What", "Value", "Basis"}, align: "lll"}
	add := func(what string, value text, b analyze.Basis) {
		t.rows = append(t.rows, []text{say("%s", what), value, say("%s", string(b))})
	}
	if f.Cause != nil {
		add("Cause", cause(f.Cause), f.Cause.Kind)
	}
	add("Location", location(f), analyze.Measured)
	if f.Site.Entry != "" && f.Site.Entry != f.Site.Func {
		add("Runs", text{name(f.Site.Entry)}, analyze.Measured)
	}
	add("Waits", waits(f), analyze.Measured)
	add("Mechanism", mechanismText(f), mechanismBasis(f))
	add("Verdict", say("%v, severity %s: %s", bold(verdictWord(f.Verdict)), string(f.Severity), verdictMeaning(f.Verdict)), analyze.Measured)
	for _, s := range f.Sites {
		add("Also", say("%v at %v", name(siteName(s)), place(s.File, s.Line)), analyze.Measured)
	}
	for _, c := range f.Creators {
		add("Created by", say("%v (%s in the last dump)", position(c.Position), grouped(float64(c.Count))), analyze.Measured)
	}
	for _, v := range f.Victims {
		add("Waits behind it", say("%s at %v, %v", goroutines(v.Count), name(siteName(v.Site)), place(v.Site.File, v.Site.Line)), analyze.Measured)
	}
	add("Fingerprint", text{name(f.ID)}, analyze.Measured)
	return t
}

func cause(c *analyze.Cause) text {
	t := text{words(strings.TrimSuffix(c.Text, "."))}
	if c.File != "" {
		t = append(t, say(" (%v)", position(analyze.Position{Func: c.Func, File: c.File, Line: c.Line}))...)
	}
	if len(c.Candidates) < 2 {
		return t // the one candidate is the cause itself
	}
	for i, x := range c.Candidates {
		t = append(t, say("; candidate %d: %v, %v", i+1, position(x.Position), words(x.Why))...)
	}
	return t
}

func location(f *analyze.Finding) text {
	s := f.Site
	if s.File == "" {
		return say("%v; its position is not known", name(siteName(s)))
	}
	if s.Exact {
		return say("%v, in %v", place(s.File, s.Line), name(siteName(s)))
	}
	return say("%v, where %v begins; its `go` statement is not known", place(s.File, s.Line), name(siteName(s)))
}

func waits(f *analyze.Finding) text {
	if f.State == "" && f.Blocked.Func == "" {
		return say("not known")
	}
	t := text{}
	if f.State != "" {
		t = append(t, name(string(f.State)))
	}
	if f.Blocked.Func != "" || f.Blocked.File != "" {
		t = append(t, say(", in %v", position(f.Blocked))...)
	}
	return t
}

func mechanismText(f *analyze.Finding) text {
	if len(f.Candidates) > 0 {
		maybe := mechanisms(f)
		names := make([]text, len(maybe))
		for i, m := range maybe {
			names[i] = say("%v", name(string(m)))
		}
		t := say("not decided by profiles alone; one of ")
		return append(t, join(", ", names...)...)
	}
	return say("%v: %s", name(string(f.Mechanism)), guide(f.Mechanism).means)
}

func mechanismBasis(f *analyze.Finding) analyze.Basis {
	if f.Mechanism == analyze.Unknown || len(f.Candidates) > 0 {
		return analyze.Advice
	}
	return analyze.Measured
}

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
	for _, e := range f.Evidence {
		t := sentence(e.Text)
		if e.File != "" {
			t = append(text{words(strings.TrimSuffix(e.Text, "."))}, say(" (%v).", place(e.File, e.Line))...)
		}
		out = append(out, para{e.Kind, t})
	}
	return out
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
