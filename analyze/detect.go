package analyze

import (
	"cmp"
	"slices"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
)

// Detect judges a history: every site, then all of them together.
func Detect(h *History, th Thresholds) *Analysis {
	epoch := lastEpoch(h)
	window := span(epoch)
	kin := newFamily(h)
	suspects := lineUp(h, kin, th, epoch)
	load := risingLoad(h, th)
	for _, s := range suspects {
		s.births = kin.of(s.series)
		s.site, s.creators = resolve(s.series, s.births)
		s.look()
		s.load = load
		s.judge(th, window)
	}
	tooFew := len(epoch) < th.MinSamples || window < th.MinSeconds
	accused := accuse(suspects, tooFew)
	for _, s := range accused {
		s.nameMechanism()
	}
	join(accused, suspects)
	matchHoldings(h, accused)
	a := &Analysis{
		Target:   h.Target,
		Window:   windowOf(h),
		LogLines: h.LogLines,
		Metrics:  metricNames(h),
		Warnings: slices.Clone(h.Warnings),
	}
	for _, s := range accused {
		if !s.absorbed {
			a.Findings = append(a.Findings, s.finding(kin))
		}
	}
	a.Total = totalOf(h, epoch, th)
	a.Impact = impactOf(h, a, accused)
	for i := range a.Findings {
		a.Findings[i].Severity = severity(&a.Findings[i], a.Impact)
	}
	slices.SortStableFunc(a.Findings, compareFindings)
	a.Cleared = clearedOf(suspects)
	a.Inventory = inventoryOf(suspects)
	a.Verdict = overall(a, tooFew)
	return a
}

// lastEpoch is the total's series since the last restart: only it is judged.
func lastEpoch(h *History) []growth.Point {
	epochs := growth.Epochs(h.Total, h.Restarts)
	if len(epochs) == 0 {
		return nil
	}
	return epochs[len(epochs)-1]
}

func span(points []growth.Point) float64 {
	if len(points) < 2 {
		return 0
	}
	return points[len(points)-1].T - points[0].T
}

// lineUp fits every site's series of the last epoch and corrects their
// p-values for how many were asked. Sites are in order of their keys.
func lineUp(h *History, kin *family, th Thresholds, epoch []growth.Point) []*suspect {
	start := 0.0
	if len(epoch) > 0 { // a leak profile alone has no ticks, and proves all the same
		start = epoch[0].T
	}
	keys := make([]goroutine.Key, 0, len(h.Series))
	for key := range h.Series {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	suspects := make([]*suspect, 0, len(keys))
	trends := make([]*growth.Trend, 0, len(keys))
	for _, key := range keys {
		s := &suspect{series: h.Series[key]}
		s.points = pointsSince(s.series.Points, start)
		s.censuses = since(s.series.Censuses, start)
		s.trend = growth.Fit(s.points, th.Growth)
		s.follow(span(epoch), th.Growth)
		s.activity = activeOf(s.series, s.censuses, h.Traces)
		s.pinned = findPinned(s.series, s.censuses, kin, h.Traces, th, span(epoch))
		suspects = append(suspects, s)
		trends = append(trends, &s.trend)
	}
	growth.Adjust(trends, th.Growth)
	adjustOld(suspects, th)
	return suspects
}

// adjustOld corrects the trends of the old goroutines for how many sites were asked.
func adjustOld(suspects []*suspect, th Thresholds) {
	trends := make([]*growth.Trend, len(suspects))
	for i, s := range suspects {
		trends[i] = &s.old
	}
	growth.Adjust(trends, th.Growth)
}

func pointsSince(points []growth.Point, start float64) []growth.Point {
	for i, p := range points {
		if p.T >= start {
			return points[i:]
		}
	}
	return nil
}

// accuse keeps what is a finding. With too few samples nothing counts but what
// the runtime itself says: its leak profile, and its clock of lock waits.
func accuse(suspects []*suspect, tooFew bool) []*suspect {
	var accused []*suspect
	for _, s := range suspects {
		switch s.verdict {
		case Confirmed:
			accused = append(accused, s)
		case Stuck:
			if !tooFew || s.pinned.minutes > 0 {
				accused = append(accused, s)
			}
		case Probable, Suspect, GrowingWithLoad:
			if !tooFew {
				accused = append(accused, s)
			}
		}
	}
	return accused
}

// rank orders verdicts, worst first.
var rank = map[Verdict]int{Confirmed: 0, Probable: 1, Stuck: 2, Suspect: 3, GrowingWithLoad: 4, Inconclusive: 5, Stable: 6}

var severityRank = map[Severity]int{Critical: 0, High: 1, Medium: 2, Low: 3}

func compareFindings(x, y Finding) int {
	return cmp.Or(
		cmp.Compare(rank[x.Verdict], rank[y.Verdict]),
		cmp.Compare(severityRank[x.Severity], severityRank[y.Severity]),
		cmp.Compare(y.Rate.Value, x.Rate.Value),
		cmp.Compare(x.Site.Entry, y.Site.Entry),
	)
}

// overall is the worst verdict of all findings. Without any, too few samples
// are inconclusive and never clean.
func overall(a *Analysis, tooFew bool) Verdict {
	worst := Stable
	if tooFew {
		worst = Inconclusive
	}
	for _, f := range a.Findings {
		if rank[f.Verdict] < rank[worst] {
			worst = f.Verdict
		}
	}
	return worst
}
