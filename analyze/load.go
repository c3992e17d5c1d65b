package analyze

import "github.com/logcap/logcap/analyze/growth"

// risingLoad is a gauge of the target's workload (requests in flight, sessions,
// connections) that grows since the last restart; nil when none does or none is
// exported. Such gauges are read seldom, so a steady rise of few readings counts.
func risingLoad(h *History, th Thresholds) *Gauge {
	for i := range h.Gauges {
		g := &h.Gauges[i]
		points := pointsSince(g.Points, h.lastRestart())
		if g.Role != RoleWorkload || len(points) < minLoadReadings {
			continue
		}
		t := growth.Fit(points, th.Growth)
		if t.P <= loadAlpha && !t.Plateau && t.Last-t.First >= th.MinGained {
			return g
		}
	}
	return nil
}

// Four readings that rise each time have p = 0.042: enough to lower a verdict,
// which is all that load is asked for.
const (
	minLoadReadings = 4
	loadAlpha       = 0.05
)
