package live

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
	"github.com/logcap/logcap/report"
)

const (
	maxFrames = 64 // of a stack
	maxNotes  = 20 // statements of evidence, warnings
	trendBins = 40 // values of a sparkline
	// fewPoints give no rate: a slope through them would be noise.
	fewPoints = 5
)

// site is one row of the table, and what it shows when it is opened.
type site struct {
	Key    goroutine.Key
	Name   string // of the function, the package's last element first
	Where  string // file:line, without the folders
	Count  int
	Change int // since the first sample
	// Rate is goroutines a minute, lately; Rated is false while too few samples tell.
	Rate  float64
	Rated bool
	Trend []float64 // counts at equal distances, lately
	State string    // the one most goroutines are in
	// Verdict so far; "" when there is nothing to say about the site.
	Verdict analyze.Verdict
	Cleared bool
	Victim  bool
	detail  detail
}

// detail is what a row shows when it is opened.
type detail struct {
	GoStatement string // function and position
	Exact       bool   // it is the go statement's, not the entry's
	Entry       string
	States      []string // with counts, most goroutines first
	Stack       []string // innermost first
	Stacks      int      // how many different ones the site has
	OldestWait  uint32   // whole minutes, at least
	Verdict     string
	Cohort      *growth.Cohort
	Evidence    []string
}

// takeSite copies a series. A rate costs some microseconds, so a series that
// did not change lately is not asked for one: it is 0.
func takeSite(s *analyze.Series, j judged) site {
	recent := lately(s.Points)
	out := site{
		Key: s.Key, Count: countOf(s), Change: changeOf(s),
		Rated: len(recent) >= fewPoints, Trend: bins(recent),
	}
	if out.Rated && varies(recent) {
		out.Rate = growth.Quick(recent)
	}
	place := goroutine.Site{Func: string(s.Key), Entry: string(s.Key)}
	if g := group(s); g != nil {
		place = g.Site
	}
	if g := cmp.Or(s.Proto, s.Dump); g != nil { // the dump may be older
		out.State = report.Clean(string(goroutine.Dominant(g.States)))
		out.detail.describe(g)
	}
	out.detail.OldestWait = oldest(s)
	out.judge(j, &place)
	out.Name, out.Where = shortFunc(string(s.Key)), shortPlace(place.File, place.Line)
	out.detail.Entry = report.Clean(string(s.Key))
	out.detail.GoStatement = report.Clean(place.Func + "  " + longPlace(place.File, place.Line))
	out.detail.Exact = place.Exact
	return out
}

// describe copies states and the largest stack of a group.
func (d *detail) describe(g *goroutine.Group) {
	states := make([]goroutine.State, 0, len(g.States))
	for state := range g.States {
		states = append(states, state)
	}
	slices.SortFunc(states, func(x, y goroutine.State) int {
		return cmp.Or(cmp.Compare(g.States[y], g.States[x]), cmp.Compare(x, y))
	})
	for _, state := range states {
		d.States = append(d.States, number(g.States[state])+" "+cmp.Or(report.Clean(string(state)), "unknown"))
	}
	d.Stacks = len(g.Stacks)
	if len(g.Stacks) == 0 {
		return
	}
	for _, f := range g.Stacks[0].Frames[:min(maxFrames, len(g.Stacks[0].Frames))] {
		d.Stack = append(d.Stack, report.Clean(f.Func+"  "+longPlace(f.File, f.Line)))
	}
	if more := len(g.Stacks[0].Frames) - maxFrames; more > 0 {
		d.Stack = append(d.Stack, "… "+counted(more, "more call"))
	}
}

// judge copies the judgement so far; a finding knows the place best.
func (s *site) judge(j judged, place *goroutine.Site) {
	d := &s.detail
	switch {
	case j.finding != nil:
		f := j.finding
		s.Verdict = f.Verdict
		if f.Site.Entry == string(s.Key) {
			*place = f.Site
		}
		d.Verdict = strings.ToUpper(string(f.Verdict))
		if f.Mechanism != "" && f.Mechanism != analyze.Unknown {
			d.Verdict += ", " + string(f.Mechanism)
		}
		if f.Cohort != nil {
			cohort := *f.Cohort
			d.Cohort = &cohort
		}
		for _, e := range f.Evidence[:min(maxNotes, len(f.Evidence))] {
			d.Evidence = append(d.Evidence, report.Clean(e.Text))
		}
	case j.behind != nil:
		s.Victim = true
		d.Verdict = "victim: it piles up behind " + report.Clean(j.behind.Site.Entry)
	case j.cleared != nil:
		s.Cleared = !j.early
		d.Verdict = "no finding: " + report.Clean(j.cleared.Why)
	}
}

// lately is the end of points that rates and trends look at.
func lately(points []growth.Point) []growth.Point {
	if len(points) == 0 {
		return nil
	}
	from := points[len(points)-1].T - span
	return points[sort.Search(len(points), func(i int) bool { return points[i].T >= from }):]
}

func varies(points []growth.Point) bool {
	return slices.ContainsFunc(points, func(p growth.Point) bool { return p.N != points[0].N })
}

// bins are counts at equal distances of time, each the newest up to then.
func bins(points []growth.Point) []float64 {
	n := min(trendBins, len(points))
	if n < 2 {
		return nil
	}
	from, to := points[0].T, points[len(points)-1].T
	out := make([]float64, n)
	k := 0
	for i := range out {
		t := from + (to-from)*float64(i)/float64(n-1)
		for k+1 < len(points) && points[k+1].T <= t+1e-9 {
			k++
		}
		out[i] = points[k].N
	}
	return out
}

// oldest is the longest wait that the newest dump tells, in minutes.
func oldest(s *analyze.Series) uint32 {
	if s.Dump == nil {
		return 0
	}
	return s.Dump.Oldest
}
