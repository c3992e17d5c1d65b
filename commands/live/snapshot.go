package live

import (
	"cmp"
	"slices"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
	"github.com/logcap/logcap/analyze/recording"
	"github.com/logcap/logcap/analyze/watch"
	"github.com/logcap/logcap/report"
)

// maxSites is how many sites of a target are copied: more than anybody scrolls through.
const maxSites = 500

// span is what "lately" means for rates and trends, in seconds.
const span = 300.0

// snapshot is one target as the screen shows it. It shares nothing with the
// watch that goes on, and all its strings are harmless.
type snapshot struct {
	Name    string
	Samples int
	Total   int
	Change  int     // of Total since the first sample
	Every   float64 // seconds between the newest samples; 0: not known yet
	Verdict analyze.Verdict
	Found   int    // findings
	Worst   string // site of the first of them
	Sites   []site
	Left    int // sites that did not fit into Sites
	// Failure is why the newest sample failed; "" when it did not. Silent is for how many seconds.
	Failure string
	// Lost is why the recording is not whole; "" while it is.
	Lost     string
	Silent   float64
	Gaps     int
	Restarts int
	Warnings []string
}

// take copies what the screen shows of p.
func take(p watch.Progress) snapshot {
	h := p.History
	s := snapshot{Name: report.Clean(p.Name), Samples: len(h.Total), Every: every(h.Total), Gaps: len(h.Gaps), Restarts: len(h.Restarts)}
	if n := len(h.Total); n > 0 {
		s.Total = int(h.Total[n-1].N)
		s.Change = s.Total - int(h.Total[0].N)
	}
	if n := len(h.Gaps); n > 0 && p.Scrape.Kind == recording.Goroutine && p.Scrape.Err != "" {
		gap := h.Gaps[n-1]
		s.Failure = report.Clean(gap.Why)
		s.Silent = gap.End.Sub(lastAnswer(h)).Seconds()
	}
	if p.Lost != nil {
		s.Lost = report.Clean(p.Lost.Error())
	}
	for _, w := range h.Warnings[max(0, len(h.Warnings)-maxNotes):] {
		s.Warnings = append(s.Warnings, report.Clean(w))
	}
	judged := judgements(p.Analysis)
	if p.Analysis != nil {
		s.Verdict, s.Found = p.Analysis.Verdict, len(p.Analysis.Findings)
		if s.Found > 0 {
			worst := p.Analysis.Findings[0].Site
			s.Worst = shortFunc(worst.Entry) + " " + shortPlace(worst.File, worst.Line)
		}
	}
	kept := worthSeeing(h, judged)
	s.Left = len(h.Series) - len(kept)
	s.Sites = make([]site, len(kept))
	for i, series := range kept {
		s.Sites[i] = takeSite(series, judged[string(series.Key)])
	}
	return s
}

// lastAnswer is the time of the newest sample.
func lastAnswer(h *analyze.History) time.Time {
	if len(h.Total) == 0 {
		return h.Start
	}
	return h.Start.Add(time.Duration(h.Total[len(h.Total)-1].T * float64(time.Second)))
}

// every is the median distance of the newest samples, in seconds.
func every(points []growth.Point) float64 {
	points = points[max(0, len(points)-6):]
	if len(points) < 2 {
		return 0
	}
	var gaps []float64
	for i := 1; i < len(points); i++ {
		gaps = append(gaps, points[i].T-points[i-1].T)
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

// judged is what is thought of a site so far; at most one pointer is set.
type judged struct {
	finding *analyze.Finding
	cleared *analyze.Cleared
	behind  *analyze.Finding // the finding whose victim the site is
	early   bool             // too little was seen to clear anything
}

// judgements finds a site's judgement by its entry, which is what a series is named by.
func judgements(a *analyze.Analysis) map[string]judged {
	if a == nil {
		return nil
	}
	all := map[string]judged{}
	for i := range a.Cleared {
		all[a.Cleared[i].Site.Entry] = judged{cleared: &a.Cleared[i], early: a.Verdict == analyze.Inconclusive}
	}
	for i := range a.Findings {
		for _, v := range a.Findings[i].Victims {
			all[v.Site.Entry] = judged{behind: &a.Findings[i]}
		}
	}
	for i := len(a.Findings) - 1; i >= 0; i-- { // the worst is set last and stays
		f := &a.Findings[i]
		for _, other := range f.Sites {
			all[other.Entry] = judged{finding: f}
		}
		all[f.Site.Entry] = judged{finding: f}
	}
	return all
}

// worthSeeing are the series to copy: those with a finding, then those that
// changed most, then the largest. Sites long gone without a change go first.
func worthSeeing(h *analyze.History, judgements map[string]judged) []*analyze.Series {
	all := make([]*analyze.Series, 0, len(h.Series))
	for _, s := range h.Series {
		all = append(all, s)
	}
	if len(all) <= maxSites {
		return all
	}
	found := func(s *analyze.Series) int {
		if judgements[string(s.Key)].finding != nil {
			return 1
		}
		return 0
	}
	slices.SortFunc(all, func(x, y *analyze.Series) int {
		return cmp.Or(
			cmp.Compare(found(y), found(x)),
			cmp.Compare(abs(changeOf(y)), abs(changeOf(x))),
			cmp.Compare(countOf(y), countOf(x)),
			cmp.Compare(x.Key, y.Key),
		)
	})
	return all[:maxSites]
}

func countOf(s *analyze.Series) int {
	if n := len(s.Points); n > 0 {
		return int(s.Points[n-1].N)
	}
	return 0
}

func changeOf(s *analyze.Series) int {
	if len(s.Points) == 0 {
		return 0
	}
	return countOf(s) - int(s.Points[0].N)
}

func abs(n int) int { return max(n, -n) }

// group is the newest of what a series was seen as; nil when it was only judged by counts.
func group(s *analyze.Series) *goroutine.Group {
	if s.Dump != nil && (s.Proto == nil || s.Dump.Site.Exact && !s.Proto.Site.Exact) {
		return s.Dump
	}
	return s.Proto
}
