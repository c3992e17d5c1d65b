package report

import (
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// rootCause is the worst finding in full.
func rootCause(r *Report) []block {
	f := r.Worst()
	if f == nil {
		return noCause(r)
	}
	out := findingBlocks(r, f)
	return append(append(out, logLines(r)...), sourceRead(r))
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
	out := []block{subheading{say("%v: %s%s", name(blame(f)), verdictWord(f.Verdict), decided(f))}}
	out = append(out, causeBlocks(f)...)
	out = append(out, facts(f))
	out = append(out, codeBlocks(r, f)...)
	out = append(out, subheading{say("%s", whyTitle(f))}, bullets{ordered: true, items: reasons(r, f)})
	if r.Tree != nil && !explained(f) && f.Verdict != analyze.GrowingWithLoad {
		out = append(out, derived("The source that was read says nothing about this finding."))
	}
	out = append(append(out, candidateBlocks(f)...), excludedBlocks(f)...)
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

// causeBlocks are the cause in a sentence, and what speaks against trusting it.
func causeBlocks(f *analyze.Finding) []block {
	var out []block
	if c := f.Cause; c != nil {
		out = append(out, para{c.Kind, append(text{{strong, capital(causeWord(f)) + ":"}, {prose, " "}}, atPlace(stated(c.Text), c.File, c.Line)...)})
	}
	for _, e := range f.Evidence {
		if doubts(e) {
			out = append(out, para{e.Kind, append(text{{strong, "Doubt:"}, {prose, " "}}, atPlace(stated(e.Text), e.File, e.Line)...)})
		}
	}
	return out
}

// doubts says whether a statement is that the tree is not what ran: such
// statements begin alike, wherever in the tree they are about.
func doubts(e analyze.Evidence) bool {
	return e.Kind == analyze.Derived && strings.HasPrefix(e.Text, "the source differs from what ran")
}

// explained says whether the source has said anything about a finding.
func explained(f *analyze.Finding) bool {
	return len(f.Code) > 0 || len(f.Excluded) > 0 || f.Fix != nil || f.Cause != nil && f.Cause.Kind == analyze.Derived ||
		slices.ContainsFunc(f.Evidence, func(e analyze.Evidence) bool { return e.Kind == analyze.Derived })
}

// maxCandidates is how many candidates a document lists.
const maxCandidates = 10

// candidateBlocks rank what may be the cause; when the first stands clear, with
// twice the score of the next, the others are only named.
func candidateBlocks(f *analyze.Finding) []block {
	if f.Cause == nil || len(f.Cause.Candidates) < 2 {
		return nil
	}
	if c := f.Cause.Candidates; !undecidedMechanism(f) && c[0].Score >= 2*c[1].Score {
		return []block{para{f.Cause.Kind, runnersUp(c[1:])}}
	}
	t := table{basis: f.Cause.Kind, head: []string{"Rank", "Candidate", "Score", "Why"}, align: "rlrl"}
	for i, c := range f.Cause.Candidates {
		if i == maxCandidates {
			break
		}
		t.rows = append(t.rows, []text{say("%d", i+1), position(c.Position), say("%.2f", c.Score), told(shortNames(c.Why))})
	}
	out := []block{note("Lines that may be to blame, likeliest first:"), t}
	if n := len(f.Cause.Candidates) - maxCandidates; n > 0 {
		out = append(out, para{f.Cause.Kind, say("%d more are in the JSON report.", n)})
	}
	return out
}

// runnersUp names the lines that come after the cause.
func runnersUp(c []analyze.Candidate) text {
	const most = 5
	out := say("Lines to look at after it: ")
	for i, x := range c[:min(len(c), most)] {
		if i > 0 {
			out = append(out, span{prose, "; "})
		}
		out = append(out, place(x.File, x.Line))
		if i == 0 || x.Why != c[i-1].Why {
			out = append(append(out, span{prose, ", "}), told(shortNames(x.Why))...)
		}
	}
	if n := len(c) - most; n > 0 {
		out = append(out, say("; %d more are in the JSON report", n)...)
	}
	return append(out, span{prose, "."})
}

// excludedBlocks are the mechanisms that the source speaks against.
func excludedBlocks(f *analyze.Finding) []block {
	if len(f.Excluded) == 0 {
		return nil
	}
	var items []para
	for _, e := range f.Excluded {
		items = append(items, para{analyze.Derived, append(text{name(string(e.Mechanism)), {prose, ": "}}, stated(e.Why)...)})
	}
	return []block{note("Considered, and not it:"), bullets{items: items}}
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
	if undecidedMechanism(f) {
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
