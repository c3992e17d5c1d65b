package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
)

// CompareSchema names the JSON of a comparison.
const CompareSchema = "logcap.compare/1"

// compareJSON is logcap.compare/1.
type compareJSON struct {
	Schema  string          `json:"schema"`
	Verdict analyze.Outcome `json:"verdict"`
	Why     string          `json:"why"`
	Before  analyze.Side    `json:"before"`
	After   analyze.Side    `json:"after"`
	Sites   []compareSite   `json:"sites"`
}

type compareSite struct {
	ID        string            `json:"id"`
	Site      goroutine.Site    `json:"site"`
	Mechanism analyze.Mechanism `json:"mechanism"`
	Before    *analyze.SiteSide `json:"before"`
	After     *analyze.SiteSide `json:"after"`
	// Missed is goroutines a minute; null when the second watch excludes no rate.
	Missed  *float64        `json:"undetectable_below"`
	Verdict analyze.Outcome `json:"verdict"`
	Why     string          `json:"why"`
}

// WriteCompareJSON writes c as logcap.compare/1.
func WriteCompareJSON(w io.Writer, c analyze.Comparison) error {
	out := compareJSON{Schema: CompareSchema, Verdict: c.Verdict, Why: c.Why, Before: c.Before, After: c.After, Sites: []compareSite{}}
	out.Before.Window, out.After.Window = window(c.Before.Window), window(c.After.Window)
	for _, s := range c.Sites {
		one := compareSite{ID: s.ID, Site: s.Site.Site, Mechanism: s.Site.Mechanism, Before: s.Before, After: s.After, Verdict: s.Verdict, Why: s.Why}
		if one.Mechanism == "" {
			one.Mechanism = analyze.Unknown
		}
		if finite(s.Missed) {
			one.Missed = &s.Missed
		}
		out.Sites = append(out.Sites, one)
	}
	return writeJSON(w, out)
}

// WriteCompareMarkdown writes c as a short Markdown page.
func WriteCompareMarkdown(w io.Writer, c analyze.Comparison) error {
	m := markdown{bufio.NewWriter(w)}
	m.line("# " + mdText(say("Did the fix work: %s", string(c.Verdict))))
	m.line("")
	m.line(mdText(text{bold(strings.ToUpper(string(c.Verdict))), {prose, ": "}, words(c.Why), {prose, "."}}))
	m.line("")
	m.table(sidesTable(c))
	m.line("")
	if len(c.Sites) == 0 {
		m.line("No site was a finding in either watch.")
	} else {
		m.table(changesTable(c))
	}
	if err := m.w.Flush(); err != nil {
		return fmt.Errorf("write markdown: %w", err)
	}
	return nil
}

// WriteCompareText writes c for a terminal.
func WriteCompareText(w io.Writer, c analyze.Comparison, style Style) error {
	t := textWriter{w: bufio.NewWriter(w), style: style}
	verdict := piece{strings.ToUpper(string(c.Verdict)), ansiBold}
	if c.Verdict == analyze.OutcomeWorse || c.Verdict == analyze.OutcomeUnchanged {
		verdict.sgr = ansiRed
	}
	t.wrap("", "", []piece{verdict, {text: ": " + clean(c.Why)}})
	t.line("")
	t.table(sidesTable(c))
	for _, s := range c.Sites {
		t.line("")
		t.wrap("", "  ", []piece{{strings.ToUpper(string(s.Verdict)), ansiBold}, {text: "  " + clean(siteName(s.Site.Site))}, {text: "  " + clean(at(s.Site.Site.File, s.Site.Site.Line)), sgr: ansiCyan}})
		t.wrap("  before  ", "          ", t.spans(side(s.Before)))
		t.wrap("  after   ", "          ", t.spans(side(s.After)))
		t.wrap("  why     ", "          ", []piece{{text: clean(s.Why)}})
	}
	if len(c.Sites) == 0 {
		t.line("")
		t.line("no site was a finding in either watch")
	}
	if err := t.w.Flush(); err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	return nil
}

func sidesTable(c analyze.Comparison) table {
	row := func(what string, s analyze.Side) []text {
		return []text{say("%s", what), {name(s.Target.Name)}, say("%s", moment(utc(s.Window.Start))), say("%s", duration(s.Window.Seconds)),
			say("%s", string(s.Verdict)), say("%s to %s", grouped(float64(s.Total.First)), grouped(float64(s.Total.Last))), say("%s", withRange(s.Total.Rate))}
	}
	return table{
		head:  []string{"Watch", "Target", "Began (UTC)", "Length", "Verdict", "Goroutines", "Growth a minute (95 %)"},
		align: "lllrlrl",
		rows:  [][]text{row("before", c.Before), row("after", c.After)},
	}
}

func changesTable(c analyze.Comparison) table {
	t := table{head: []string{"Outcome", "Site", "At", "Before", "After", "Because"}, align: "llllll"}
	for _, s := range c.Sites {
		t.rows = append(t.rows, []text{{bold(string(s.Verdict))}, {name(siteName(s.Site.Site))}, {place(s.Site.Site.File, s.Site.Site.Line)},
			side(s.Before), side(s.After), {words(s.Why)}})
	}
	return t
}

// side is a site in one watch, in a few words.
func side(s *analyze.SiteSide) text {
	if s == nil {
		return say("not seen")
	}
	return say("%s, %s to %s, %s", string(s.Verdict), grouped(float64(s.Count.First)), grouped(float64(s.Count.Last)), rate(s.Rate))
}

// withRange is a rate and its interval where a heading has said what they are.
func withRange(r analyze.Rate) string {
	if !finite(r.Low) || !finite(r.High) {
		return number(r.Value)
	}
	return number(r.Value) + " (" + number(r.Low) + " to " + number(r.High) + ")"
}
