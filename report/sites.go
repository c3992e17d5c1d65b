package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"github.com/logcap/logcap/analyze/goroutine"
)

// SitesSchema names the JSON of one moment.
const SitesSchema = "logcap.sites/1"

// Sites is one moment of a process, goroutines grouped by where they are created.
type Sites struct {
	Schema string `json:"schema"`
	// Target is what was asked or read.
	Target string `json:"target,omitempty"`
	// Time is when the profile was taken, nil when it does not tell.
	Time  *time.Time `json:"time"`
	Form  string     `json:"form"`
	Total int        `json:"total"`
	Sites []OneSite  `json:"sites"`
	// Warnings are what could not be read; the rest was.
	Warnings []string `json:"warnings"`
}

// OneSite is one site of Sites, the largest first.
type OneSite struct {
	Site     goroutine.Site          `json:"site"`
	Count    int                     `json:"count"`
	States   map[goroutine.State]int `json:"states"`
	Launcher string                  `json:"launcher,omitempty"`
	// OldestSeconds is the longest wait, a lower bound in whole minutes; nil
	// when the form does not tell waits.
	OldestSeconds *float64 `json:"oldest_seconds"`
	// Labels is key, value, and how many goroutines carry it.
	Labels map[string]map[string]int `json:"labels"`
	Leaked int                       `json:"leaked,omitempty"` // listed by the runtime's goroutineleak profile
	Stack  []goroutine.Frame         `json:"-"`                // of the largest group with one stack
}

// NewSites groups a snapshot. target is how it was named on the command line.
func NewSites(target string, s *goroutine.Snapshot) Sites {
	out := Sites{Schema: SitesSchema, Target: target, Form: string(s.Form), Total: s.Total, Sites: []OneSite{}, Warnings: []string{}}
	if !s.Time.IsZero() {
		t := utc(s.Time)
		out.Time = &t
	}
	for _, g := range s.Groups() {
		out.Sites = append(out.Sites, oneSite(g))
	}
	for _, w := range s.Warnings {
		text := w.Text
		if w.Line > 0 {
			text = fmt.Sprintf("line %d: %s", w.Line, w.Text)
		}
		out.Warnings = append(out.Warnings, text)
	}
	if s.Truncated {
		out.Warnings = append(out.Warnings, fmt.Sprintf("the dump is cut off: %d goroutines were read and more are missing", s.Total))
	}
	if s.Declared > s.Total {
		out.Warnings = append(out.Warnings, fmt.Sprintf("the input declares %d goroutines and holds %d", s.Declared, s.Total))
	}
	return out
}

func oneSite(g goroutine.Group) OneSite {
	one := OneSite{Site: g.Site, Count: g.Count, States: map[goroutine.State]int{}, Launcher: g.Launcher, Labels: map[string]map[string]int{}}
	maps.Copy(one.States, g.States)
	for i, st := range g.Stacks {
		if i == 0 {
			one.Stack = st.Frames
		}
		if st.Goroutines != nil && one.OldestSeconds == nil {
			oldest := float64(g.Oldest) * minute
			one.OldestSeconds = &oldest
		}
		if st.Leaked {
			one.Leaked += st.Count
		}
		for k, v := range st.Labels {
			if one.Labels[k] == nil {
				one.Labels[k] = map[string]int{}
			}
			one.Labels[k][v] += st.Count
		}
	}
	return one
}

// WriteSitesJSON writes s as logcap.sites/1.
func WriteSitesJSON(w io.Writer, s Sites) error {
	return writeJSON(w, s)
}

// WriteSitesText writes s as a table for a terminal.
func WriteSitesText(w io.Writer, s Sites, style Style) error {
	t := textWriter{style: style}
	title := goroutines(s.Total) + " at " + fmt.Sprintf("%d %s", len(s.Sites), plural(float64(len(s.Sites)), "site"))
	if s.Target != "" {
		title = clean(s.Target) + ": " + title
	}
	if s.Time != nil {
		title += ", " + moment(*s.Time) + " UTC"
	}
	if _, err := fmt.Fprintf(w, "%s\n\n", t.paint(ansiBold, title)); err != nil {
		return fmt.Errorf("write sites: %w", err)
	}
	if len(s.Sites) > 0 {
		if err := sitesTable(w, s); err != nil {
			return fmt.Errorf("write sites: %w", err)
		}
	}
	for _, warning := range s.Warnings {
		if _, err := fmt.Fprintf(w, "warning: %s\n", clean(warning)); err != nil {
			return fmt.Errorf("write sites: %w", err)
		}
	}
	return nil
}

func sitesTable(w io.Writer, s Sites) error {
	ages := slices.ContainsFunc(s.Sites, func(o OneSite) bool { return o.OldestSeconds != nil })
	head := []string{"COUNT", "STATE", "SITE", "AT"}
	align := []tw.Align{tw.AlignRight, tw.AlignLeft, tw.AlignLeft, tw.AlignLeft}
	if ages {
		head = slices.Insert(head, 2, "OLDEST")
		align = slices.Insert(align, 2, tw.AlignRight)
	}
	rows := make([][]string, 0, len(s.Sites))
	for _, o := range s.Sites {
		site := clean(siteName(o.Site))
		if o.Site.Entry != "" && o.Site.Entry != o.Site.Func {
			site += " -> " + clean(shortFunc(o.Site.Entry))
		}
		row := []string{grouped(float64(o.Count)), states(o.States), site, clean(at(o.Site.File, o.Site.Line))}
		if ages {
			row = slices.Insert(row, 2, age(o.OldestSeconds))
		}
		rows = append(rows, row)
	}
	return asciiTable(w, head, align, rows)
}

// asciiTable writes columns without lines around them: narrow, and easy to cut and grep.
func asciiTable(w io.Writer, head []string, align []tw.Align, rows [][]string) error {
	var buf bytes.Buffer
	table := tablewriter.NewTable(&buf,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithPadding(tw.Padding{Right: "  ", Overwrite: true}),
		tablewriter.WithHeaderAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAlignmentConfig(tw.CellAlignment{PerColumn: align}),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
	)
	table.Header(head)
	if err := table.Bulk(rows); err != nil {
		return err
	}
	if err := table.Render(); err != nil {
		return err
	}
	for line := range strings.Lines(buf.String()) {
		if _, err := io.WriteString(w, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// states lists the states, the most goroutines first: "select 12, IO wait 3".
func states(m map[goroutine.State]int) string {
	keys := slices.Collect(maps.Keys(m))
	slices.SortFunc(keys, func(a, b goroutine.State) int { return cmp.Or(m[b]-m[a], strings.Compare(string(a), string(b))) })
	out := make([]string, 0, len(keys))
	for i, k := range keys {
		if i == 3 {
			out = append(out, fmt.Sprintf("%d more", len(keys)-i))
			break
		}
		word := clean(orUnknown(string(k)))
		if len(keys) > 1 {
			word += " " + grouped(float64(m[k]))
		}
		out = append(out, word)
	}
	return strings.Join(out, ", ")
}

func age(seconds *float64) string {
	switch {
	case seconds == nil:
		return "?"
	case *seconds < minute:
		return "< 1 min"
	}
	return duration(*seconds)
}

// shortFunc is a function's name without the directories of its package path.
func shortFunc(s string) string {
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		return s[i+1:]
	}
	return s
}
