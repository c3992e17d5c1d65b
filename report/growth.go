package report

import (
	"math"
	"strings"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/growth"
)

const (
	// allSamples: a series this short is shown sample by sample.
	allSamples = 12
	// maxRows: a table longer than this is not read. A watch of under four
	// minutes, which has no minutes to show, gets fewer.
	maxRows, maxShortRows = 20, 12
)

// rowSteps are the distances a growth table may have, in seconds: below a
// minute for short watches only, else a minute while that fits.
var rowSteps = [...]float64{5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 2 * hour, 6 * hour, 12 * hour, day}

// growthTable is the total over the window: every sample when there are few,
// else one row a step. A row holds the newest sample of its step, never an
// interpolated one.
func growthTable(w analyze.Window, t analyze.Total) []GrowthRow {
	rows := []GrowthRow{}
	if len(t.Series) <= allSamples {
		for i := range t.Series {
			rows = appendRow(rows, w.Start, t, t.Series[i].T, &t.Series[i])
		}
		return rows
	}
	last := t.Series[len(t.Series)-1].T
	step := rowStep(last)
	rows = appendRow(rows, w.Start, t, t.Series[0].T, &t.Series[0])
	k := 1
	for at := step; ; at += step {
		if last-at < step/4 {
			at = last // the closing sample, a moment late, is no row of its own
		}
		var newest *growth.Point
		for ; k < len(t.Series) && t.Series[k].T <= at+1e-9; k++ {
			newest = &t.Series[k]
		}
		rows = appendRow(rows, w.Start, t, at, newest)
		if at >= last {
			return rows
		}
	}
}

func rowStep(seconds float64) float64 {
	from, rows := 0, float64(maxShortRows)
	if seconds >= 4*minute {
		from, rows = 4, maxRows // a minute and longer
	}
	for _, s := range rowSteps[from:] {
		if seconds/s < rows+0.25 { // the closing sample comes a moment late
			return s
		}
	}
	return math.Ceil(seconds/maxRows/day) * day
}

func appendRow(rows []GrowthRow, start time.Time, t analyze.Total, at float64, p *growth.Point) []GrowthRow {
	row := GrowthRow{At: start.Add(time.Duration(at * float64(time.Second))), Seconds: at}
	if p != nil {
		n := int(math.Round(p.N))
		since := n - t.Baseline
		row.Goroutines, row.SinceBaseline = &n, &since
		if len(rows) > 0 {
			if before := rows[len(rows)-1].Goroutines; before != nil {
				change := n - *before
				row.Change = &change
			}
		}
	}
	return append(rows, row)
}

// sparkWidth is the number of columns of a sparkline.
const sparkWidth = 40

// sparkline draws a count between its own minimum and maximum, which are
// written at its ends.
func sparkline(points []growth.Point, seconds float64) string {
	width := min(sparkWidth, len(points))
	values := resample(points, seconds, max(width, 2))
	if len(values) == 0 {
		return ""
	}
	return grouped(values[0]) + " " + Bars(values) + " " + grouped(values[len(values)-1])
}

// Bars draws one block character a value, between the least and the greatest.
// A range under a tenth of the maximum is not stretched to the full height:
// noise must not look like growth.
func Bars(values []float64) string {
	if len(values) == 0 {
		return ""
	}
	low, high := values[0], values[0]
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	top := max(high, low+0.1*high, low+4)
	bars := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, v := range values {
		b.WriteRune(bars[int((v-low)/(top-low)*float64(len(bars)-1)+0.5)])
	}
	return b.String()
}
