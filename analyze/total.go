package analyze

import (
	"slices"
	"time"

	"github.com/logcap/logcap/analyze/growth"
)

// chartPoints bounds the total's series in a report: more than a chart can show is noise.
const chartPoints = 300

func windowOf(h *History) Window {
	w := Window{Start: h.Start.UTC(), End: h.End.UTC(), Seconds: h.End.Sub(h.Start).Seconds(), Samples: len(h.Total), Scrapes: map[string]int{}, Gaps: h.Gaps}
	for kind, n := range h.Scrapes {
		w.Scrapes[kind] = n
	}
	for _, t := range h.Restarts {
		w.Restarts = append(w.Restarts, h.Start.Add(time.Duration(t*float64(time.Second))).UTC())
	}
	return w
}

// metricNames are the names of the target's own gauges, each once.
func metricNames(h *History) []string {
	var names []string
	for _, g := range h.Gauges {
		if !slices.Contains(names, g.Name) {
			names = append(names, g.Name)
		}
	}
	return names
}

// totalOf is the count of all goroutines: first and last of the watch, the
// baseline after warm-up and the rate of the last epoch.
func totalOf(h *History, epoch []growth.Point, th Thresholds) Total {
	if len(h.Total) == 0 {
		return Total{}
	}
	trend := growth.Fit(epoch, th.Growth)
	return Total{
		First:    int(h.Total[0].N),
		Last:     int(h.Total[len(h.Total)-1].N),
		Baseline: int(trend.First),
		Rate:     Rate{Value: trend.Rate, Low: trend.Low, High: trend.High},
		Series:   thin(h.Total, chartPoints),
		Trend:    trend,
	}
}

// thin picks at most n points, evenly, the first and the last among them.
func thin(points []growth.Point, n int) []growth.Point {
	if len(points) <= n {
		return points
	}
	picked := make([]growth.Point, n)
	for i := range picked {
		picked[i] = points[i*(len(points)-1)/(n-1)]
	}
	return picked
}
