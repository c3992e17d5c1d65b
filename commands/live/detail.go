package live

import (
	"fmt"

	"github.com/logcap/logcap/analyze/growth"
)

// openRow is the chosen row under the table's head, and below it what it opens to.
func (m model) openRow(p palette, rows []*site, chosen int) []string {
	s := rows[chosen]
	c := layout(m.width, rows[chosen:chosen+1])
	lines := []string{m.tableHead(p, c, rows), c.row(p, s, true)}
	all := m.detailLines(s)
	room := m.page() - 1
	from := min(m.position().scroll, len(all))
	shown := all[from:min(len(all), from+room)]
	for i, l := range shown {
		text := l.text
		if more := len(all) - from - len(shown); more > 0 && i == len(shown)-1 {
			text, l.how = fmt.Sprintf("  … %s below", counted(more+1, "line")), faint
		}
		lines = append(lines, p.paint(l.how, fit(text, m.width)))
	}
	return lines
}

// line is text and how it looks.
type line struct {
	text string
	how  tint
}

// detailLines are everything that is known of a site so far.
func (m model) detailLines(s *site) []line {
	d := s.detail
	var lines []line
	add := func(name, text string, how tint) {
		for i, part := range wrap(text, m.width-13) {
			if i > 0 {
				name = ""
			}
			lines = append(lines, line{"  " + left(name, 10) + " " + part, how})
		}
	}
	if d.Verdict != "" {
		add("so far", d.Verdict, tintOf(s.Verdict))
	}
	where := "started at"
	if !d.Exact {
		where = "begins at" // the go statement is not known
	}
	add(where, d.GoStatement, plain)
	add("runs", d.Entry, plain)
	for i, state := range d.States {
		name := "states"
		if i > 0 {
			name = ""
		}
		add(name, state, plain)
	}
	if d.OldestWait > 0 {
		add("waits", fmt.Sprintf("at least %d min, the longest", d.OldestWait), plain)
	}
	if d.Cohort != nil {
		add("cohort", cohort(*d.Cohort), plain)
	}
	lines = append(lines, line{})
	name := "stack"
	if d.Stacks > 1 {
		add(name, fmt.Sprintf("the largest of %d, innermost call first", d.Stacks), faint)
		name = ""
	}
	for _, frame := range d.Stack {
		add(name, frame, plain)
		name = ""
	}
	if len(d.Evidence) > 0 {
		lines = append(lines, line{})
	}
	name = "evidence"
	for _, e := range d.Evidence {
		add(name, e, plain)
		name = ""
	}
	return lines
}

// cohort is what became of the goroutines that were seen by id.
func cohort(c growth.Cohort) string {
	return fmt.Sprintf("%d born in the watch, %d of them still there; %d died; the oldest was followed for %s",
		c.Born, c.Survivors, c.Died, clock(seconds(c.OldestSeconds)))
}
