package live

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/growth"
)

func TestSnapshotOfManySites(t *testing.T) {
	p := crowd(maxSites + 100)
	last := analyze.Finding{Verdict: analyze.Stuck}
	last.Site.Entry = "example.org/crowd.worker0000" // did not change and is small
	p.Analysis = &analyze.Analysis{Verdict: analyze.Stuck, Findings: []analyze.Finding{last}}
	s := take(p)
	if len(s.Sites) != maxSites || s.Left != 100 {
		t.Fatalf("%d sites and %d left out, want %d and 100", len(s.Sites), s.Left, maxSites)
	}
	if s.Sites[0].Verdict != analyze.Stuck {
		t.Error("a site with a finding was not kept first")
	}
	for _, site := range s.Sites[1:] {
		if site.Change == 0 && site.Count < 2 {
			t.Errorf("%s was kept before larger sites", site.Name)
		}
	}
}

// The watch goes on after the copy was made: nothing of it may change.
func TestSnapshotSharesNothing(t *testing.T) {
	p := withJudgement(shop(21))
	before, again := take(p), take(p)
	byKey := func(s snapshot) map[string]site {
		m := map[string]site{}
		for _, x := range s.Sites {
			m[string(x.Key)] = x
		}
		return m
	}
	same := cmp.AllowUnexported(site{}, detail{})
	if diff := cmp.Diff(byKey(before), byKey(again), same); diff != "" {
		t.Fatalf("two copies differ:\n%s", diff)
	}
	for _, s := range p.History.Series {
		for i := range s.Points {
			s.Points[i].N = -1
		}
		if s.Proto != nil {
			s.Proto.Stacks[0].Frames[0].Func = "changed"
			clear(s.Proto.States)
		}
	}
	p.Analysis.Findings[0].Cohort.Born = -1
	p.Analysis.Findings[0].Evidence[0].Text = "changed"
	if diff := cmp.Diff(byKey(again), byKey(before), same); diff != "" {
		t.Errorf("the copy changed with the watch:\n%s", diff)
	}
}

func TestRateAndTrendAreOfLately(t *testing.T) {
	// Ten minutes of growth, then ten of rest.
	var points []growth.Point
	for i := range 1200 {
		points = append(points, growth.Point{T: float64(i), N: float64(min(i, 600))})
	}
	s := takeSite(&analyze.Series{Key: "a.b", Points: points}, judged{})
	if s.Rate != 0 || !s.Rated || s.Change != 600 || s.Count != 600 {
		t.Errorf("at rest: rate %v (known: %v), change %d, count %d", s.Rate, s.Rated, s.Change, s.Count)
	}
	s = takeSite(&analyze.Series{Key: "a.b", Points: points[:600]}, judged{})
	if s.Rate < 59 || s.Rate > 61 {
		t.Errorf("one a second is %v a minute", s.Rate)
	}
	if len(s.Trend) != trendBins || s.Trend[0] < 295 || s.Trend[trendBins-1] != 599 {
		t.Errorf("trend of the last five minutes: %v", s.Trend)
	}
	s = takeSite(&analyze.Series{Key: "a.b", Points: points[:fewPoints-1]}, judged{})
	if s.Rated {
		t.Errorf("%d samples have a rate", fewPoints-1)
	}
}

func TestEvery(t *testing.T) {
	// One sample came late; the interval is the others'.
	points := []growth.Point{{T: 0}, {T: 1}, {T: 2}, {T: 3}, {T: 60}, {T: 61}}
	if got := every(points); got != 1 {
		t.Errorf("every %v s", got)
	}
	if got := every(points[:1]); got != 0 {
		t.Errorf("one sample has an interval of %v s", got)
	}
}

func TestFailureLastsUntilTheNextAnswer(t *testing.T) {
	p := failing(shop(8), "refused")
	if s := take(p); s.Failure != "refused" || s.Silent < 12 || s.Silent > 13 {
		t.Errorf("failure %q for %v s", s.Failure, s.Silent)
	}
	p.Scrape.Err = ""
	if s := take(p); s.Failure != "" || s.Gaps != 1 {
		t.Errorf("after an answer: failure %q, %d gaps", s.Failure, s.Gaps)
	}
}

func TestUpdateCostsLittle(t *testing.T) {
	v := &View{news: make([]*snapshot, 1), next: make([]time.Time, 1)}
	p := shop(21)
	v.Update(p)
	first := v.news[0]
	v.next[0] = time.Now().Add(time.Hour)
	v.Update(p)
	if v.news[0] != first {
		t.Error("copied again although the last copy has not been paid for")
	}
	v.Update(failing(p, "refused"))
	if v.news[0] == first || v.news[0].Failure == "" {
		t.Error("a failure has to wait")
	}
}

// A full disk must be seen while the watch runs, not only at its end.
func TestSnapshotTellsOfALostRecording(t *testing.T) {
	p := withJudgement(shop(21))
	p.Lost = errors.New("write 000007.goroutine.pb.gz: no space left on device\x1b[2J")
	s := take(p)
	if want := "no space left on device"; !strings.Contains(s.Lost, want) || strings.ContainsRune(s.Lost, '\x1b') {
		t.Errorf("lost %q, want %q without control bytes", s.Lost, want)
	}
	m := model{plan: plan{Recording: "/rec"}, targets: []snapshot{s}}
	if got := m.asides(); !strings.Contains(got, "not all is recorded") || strings.Contains(got, "recording to") {
		t.Errorf("the header says %q", got)
	}
}
