package report

import (
	"fmt"
	"strings"

	"github.com/logcap/logcap/analyze/growth"
)

// chartPoints is how many values a chart has: enough for its shape, few enough to read in the source.
const chartPoints = 30

// xychart is a mermaid line chart: seconds or minutes since the start against goroutines.
func xychart(c chart) []string {
	values, axis := resample(c.points, c.seconds, chartPoints), timeAxis(c.seconds)
	if len(c.points) <= allSamples {
		values, axis = nil, sampleAxis(c)
		for _, p := range c.points {
			values = append(values, p.N)
		}
	}
	top := 0.0
	numbers := make([]string, len(values))
	for i, v := range values {
		top = max(top, v)
		numbers[i] = fmt.Sprintf("%.0f", v)
	}
	return []string{
		`xychart-beta`,
		`    title "Goroutines"`,
		`    x-axis ` + axis,
		fmt.Sprintf(`    y-axis "goroutines" 0 --> %.0f`, top*1.1+1),
		`    line [` + strings.Join(numbers, ", ") + `]`,
	}
}

// sampleAxis names the time of every sample: so few are shown as they are.
func sampleAxis(c chart) string {
	times := make([]string, len(c.points))
	for i, p := range c.points {
		times[i] = `"` + clock(c.start.Add(seconds(p.T))) + `"`
	}
	return `"time (UTC)" [` + strings.Join(times, ", ") + `]`
}

func timeAxis(span float64) string {
	unit := "seconds"
	if span > 240 {
		unit, span = "minutes", span/60
	}
	if unit == "minutes" && span > 240 {
		unit, span = "hours", span/60
	}
	return fmt.Sprintf(`"%s since the watch began" 0 --> %s`, unit, trim(span))
}

// resample gives n values at equal distances over the window, each the newest
// sample at or before its moment; moments before the first sample take that one.
func resample(points []growth.Point, seconds float64, n int) []float64 {
	if len(points) == 0 || seconds <= 0 {
		return nil
	}
	out := make([]float64, n)
	k := 0
	for i := range out {
		t := seconds * float64(i) / float64(n-1)
		for k+1 < len(points) && points[k+1].T <= t+1e-9 {
			k++
		}
		out[i] = points[k].N
	}
	return out
}

// flowchart is a mermaid chain of boxes, top down.
func flowchart(f flow) []string {
	out := []string{"flowchart TD"}
	for i, n := range f.nodes {
		lines := make([]string, len(n.lines))
		for j, l := range n.lines {
			lines[j] = mermaidLabel(l)
		}
		out = append(out, fmt.Sprintf(`    n%d["%s"]`, i, strings.Join(lines, "<br/>")))
	}
	for i, n := range f.nodes {
		if i == 0 {
			continue
		}
		arrow := "-->"
		if n.edge != "" {
			arrow = fmt.Sprintf(`-->|"%s"|`, mermaidLabel(n.edge))
		}
		out = append(out, fmt.Sprintf("    n%d %s n%d", i-1, arrow, i))
	}
	for i, n := range f.nodes {
		switch {
		case n.bad:
			out = append(out, fmt.Sprintf("    style n%d stroke:#c00,stroke-width:3px", i))
		case n.cause:
			out = append(out, fmt.Sprintf("    style n%d stroke:#d80,stroke-width:3px", i))
		}
	}
	return out
}

// mermaidLabel writes a string so that mermaid shows it and reads nothing into
// it: what has a meaning in a quoted label, in HTML or in Markdown becomes an
// entity code (mermaid's "#35;" form).
func mermaidLabel(s string) string {
	var b strings.Builder
	for _, r := range cleanTo(s, 120) {
		switch r {
		case '"', '#', '<', '>', '&', '`', '\\', '|', ';', '*', '_', '~', '{', '}', '[', ']', '%', '$':
			fmt.Fprintf(&b, "#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
