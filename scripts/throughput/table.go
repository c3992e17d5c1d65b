package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// missed are the bars that the row does not reach.
func (r *row) missed() []string {
	var all []string
	if r.linesPerSecond() < r.bar.linesPerSecond {
		all = append(all, fmt.Sprintf("at least %.1f M lines/s", r.bar.linesPerSecond/1e6))
	}
	if r.bar.cpuPerGB > 0 && r.perGB(run.cpu) > r.bar.cpuPerGB {
		all = append(all, fmt.Sprintf("at most %.1f CPU s/GB", r.bar.cpuPerGB))
	}
	if r.bar.rss > 0 && r.rss() > r.bar.rss {
		all = append(all, fmt.Sprintf("at most %.0f MB", r.bar.rss))
	}
	return all
}

// cells are the row's figures: lines/s, CPU s/GB in all and its two parts, multiple of the reference, RSS.
func (r *row) cells(to *row) []string {
	ratio := ""
	if to != nil {
		ratio = fmt.Sprintf("%.2f", r.ratio(to))
	}
	return []string{
		fmt.Sprintf("%.2f M", r.linesPerSecond()/1e6), fmt.Sprintf("%.2f", r.perGB(run.cpu)), fmt.Sprintf("%.2f", r.perGB(run.userTime)),
		fmt.Sprintf("%.2f", r.perGB(run.systemTime)), ratio, fmt.Sprintf("%.0f MB", r.rss()),
	}
}

// text is the rows for a terminal.
func text(rows []*row) string {
	to := find(rows, reference)
	var b strings.Builder
	fmt.Fprintf(&b, "%-36s %10s %8s %6s %6s %6s %8s\n", "", "lines/s", "CPU s/GB", "user", "sys", "ratio", "RSS")
	for _, r := range rows {
		c := r.cells(to)
		fmt.Fprintf(&b, "%-36s %10s %8s %6s %6s %6s %8s", r.name, c[0], c[1], c[2], c[3], c[4], c[5])
		if m := r.missed(); len(m) > 0 {
			b.WriteString("   MISSED: " + strings.Join(m, ", "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// find is the row of that name; nil when it was not measured.
func find(rows []*row, name string) *row {
	if i := slices.IndexFunc(rows, func(r *row) bool { return r.name == name }); i >= 0 {
		return rows[i]
	}
	return nil
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
func markdown(rows []*row, o options, lines, size int64) string {
	to := find(rows, reference)
	var b strings.Builder
	fmt.Fprintf(&b, "`go run ./scripts/throughput -size %d -runs %d`: %.2f M lines of %.0f bytes, %.2f GB, page cache, %d CPUs. Medians of %d rounds in which the rows take turns; ",
		o.size, o.runs, float64(lines)/1e6, float64(size)/float64(lines), float64(size)/1e9, runtime.NumCPU(), o.runs)
	b.WriteString("the ratio is of CPU times, to *" + reference + "* in the same round.\n\n")
	b.WriteString("| | lines/s | CPU s/GB | user | system | ratio | peak RSS | bar | |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		verdict := ""
		switch m := r.missed(); {
		case len(m) > 0:
			verdict = "**missed**: " + strings.Join(m, ", ")
		case r.bar != bar{}:
			verdict = "reached"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.name, strings.Join(r.cells(to), " | "), r.bar, verdict)
	}
	return b.String()
}
