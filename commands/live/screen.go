package live

import "strings"

// draw is the whole screen: at most height lines of at most width columns.
func (m model) draw(p palette) string {
	lines := m.header(p)
	rows := m.rows()
	switch at := m.position(); {
	case m.help:
		lines = append(lines, m.helpLines(p)...)
	case at.open && len(rows) > 0:
		i, _ := indexOf(rows, at.chosen)
		lines = append(lines, m.openRow(p, rows, i)...)
	default:
		lines = append(lines, m.table(p, rows)...)
	}
	// The last line is at the bottom whatever is above it.
	if room := m.height - 1; len(lines) > room {
		lines = lines[:max(0, room)]
	}
	for len(lines) < m.height-1 {
		lines = append(lines, "")
	}
	return strings.Join(append(lines, m.footer(p)), "\n")
}

// page is how many rows fit below the table's head.
func (m model) page() int {
	return max(1, m.height-len(m.header(palette{}))-2) // its head and the footer
}

// footer says what keys do, or what is being typed.
func (m model) footer(p palette) string {
	switch {
	case m.typing:
		return fit("filter: "+m.filter+"▏ enter keeps it, esc clears it", m.width)
	case m.ending:
		return p.paint(strong, fit("ending: last samples, then the report; Ctrl-C again quits without one", m.width))
	}
	keys := []string{"q end and judge", "? help", "enter stack", "s sort", "/ filter", "p pause"}
	switch {
	case m.help:
		keys = []string{"q end and judge", "? or esc back"}
	case m.position().open:
		keys = []string{"q end and judge", "enter or esc back", "↑↓ scroll", "p pause"}
	}
	if len(m.targets) > 1 {
		keys = append(keys, "←→ target")
	}
	return p.paint(faint, fit(strings.Join(keys, "  "), m.width))
}

func (m model) helpLines(p palette) []string {
	var lines []string
	add := func(key, does string) {
		for i, line := range wrap(does, m.width-14) {
			if i > 0 {
				key = ""
			}
			lines = append(lines, "  "+p.paint(strong, left(key, 11))+" "+line)
		}
	}
	add("↑ ↓ k j", "move; PgUp, PgDn, Home and End too")
	add("enter", "open the site: stack, states, who survived, evidence so far")
	add("s", "sort by verdict, count, change, rate, name; now: "+m.sort.String())
	add("/", "filter by function, file, state or verdict; esc clears it")
	add("p, space", "hold the screen; the watch goes on")
	if len(m.targets) > 1 {
		add("← →", "another target")
	}
	add("q, Ctrl-C", "end the watch, judge, and print the report")
	add("twice", "quit at once, without a report")
	lines = append(lines, "")
	add("CHANGE", "since the first sample")
	add("/MIN", "goroutines a minute over the last five minutes (median slope)")
	add("TREND", "the count over the last five minutes")
	add("VERDICT", "so far; the report judges all samples, and may say otherwise")
	return lines
}
