package main

import (
	"fmt"
	"strings"
)

// missed are the bars that the row does not reach.
func (r row) missed() []string {
	var all []string
	if r.linesPerSecond < r.bar.linesPerSecond {
		all = append(all, fmt.Sprintf("at least %.1f M lines/s", r.bar.linesPerSecond/1e6))
	}
	if r.bar.cpuPerGB > 0 && r.cpuPerGB > r.bar.cpuPerGB {
		all = append(all, fmt.Sprintf("at most %.1f CPU s/GB", r.bar.cpuPerGB))
	}
	if r.bar.rss > 0 && r.rss > r.bar.rss {
		all = append(all, fmt.Sprintf("at most %.0f MB", r.bar.rss))
	}
	return all
}

func (r row) String() string {
	s := fmt.Sprintf("%-36s %7.2f M lines/s %6.2f CPU s/GB %5.0f MB", r.name, r.linesPerSecond/1e6, r.cpuPerGB, r.rss)
	if m := r.missed(); len(m) > 0 {
		s += "   MISSED: " + strings.Join(m, ", ")
	}
	return s
}

// bars is what the row was held against, as a cell.
func (b bar) String() string {
	var all []string
	if b.linesPerSecond > 0 {
		all = append(all, fmt.Sprintf("≥ %.1f M/s", b.linesPerSecond/1e6))
	}
	if b.cpuPerGB > 0 {
		all = append(all, fmt.Sprintf("≤ %.1f s/GB", b.cpuPerGB))
	}
	if b.rss > 0 {
		all = append(all, fmt.Sprintf("≤ %.0f MB", b.rss))
	}
	return strings.Join(all, ", ")
}

// markdown is the table that docs/throughput.md holds.
func markdown(rows []row, lines, size int64, runs int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "`go run ./scripts/throughput`: %.2f M lines, %.2f GB, page cache, median of %d runs, all in one run of the script.\n\n", float64(lines)/1e6, float64(size)/1e9, runs)
	b.WriteString("| | lines/s | CPU s/GB | peak RSS | bar | |\n|---|---|---|---|---|---|\n")
	for _, r := range rows {
		verdict := ""
		switch m := r.missed(); {
		case len(m) > 0:
			verdict = "**missed**: " + strings.Join(m, ", ")
		case r.bar != bar{}:
			verdict = "reached"
		}
		fmt.Fprintf(&b, "| %s | %.2f M | %.2f | %.0f MB | %s | %s |\n", r.name, r.linesPerSecond/1e6, r.cpuPerGB, r.rss, r.bar, verdict)
	}
	return b.String()
}
