package analyze

import (
	"fmt"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
)

// finding writes down what was made of a suspect.
func (s *suspect) finding(kin *family) Finding {
	f := Finding{
		ID:         Fingerprint(s.site),
		Verdict:    s.verdict,
		Mechanism:  s.mechanism,
		Candidates: s.maybe,
		Site:       s.site,
		Sites:      []goroutine.Site{},
		Creators:   s.creators,
		Blocked:    s.blocked(),
		State:      s.waitState(),
		Victims:    s.victims,
		Shape:      s.shape(),
		Step:       s.trend.Step,
		Points:     thin(s.series.Points, chartPoints),
		Trend:      numbers(s.trend),
		Lineage:    []Ancestor{},
		Evidence:   s.reasons,
		Stack:      positions(s.frames),
		Holder:     s.holder,
	}
	f.Count, f.Rate = s.total()
	if f.Victims == nil {
		f.Victims = []Victim{}
	}
	for _, other := range s.others {
		f.Sites = append(f.Sites, other.site)
	}
	if s.hasIDs {
		cohort := s.cohort
		f.Cohort = &cohort
	}
	if s.series.Dump != nil && len(s.series.Dump.Stacks) > 0 {
		f.Labels = s.series.Dump.Stacks[0].Labels
	}
	s.trace(&f, kin)
	if !f.Site.Exact {
		f.Evidence = append(f.Evidence, kin.livingParent(s)...)
		f.Evidence = append(f.Evidence, Evidence{Kind: Advice, Text: unknownLaunch})
	}
	return f
}

const unknownLaunch = "the go statement is not known: a library launched these goroutines before or outside any trace. " +
	"Watch while new ones are created, or restart the target with GODEBUG=tracebackancestors=10, and dumps will name it"

// trace adds who the goroutines descend from. For a goroutine without a frame
// of the target's own code this is the cause, as far as it can be measured.
func (s *suspect) trace(f *Finding, kin *family) {
	handle := ""
	if s.constructed() {
		handle = s.site.Package
	}
	l := kin.lineage(s.series, s.births, handle)
	if l == nil {
		return
	}
	f.Lineage, f.traced = l.ancestors, l.source == fromTraces
	if handle == "" && !s.libraryOnly() {
		return
	}
	best := l.candidates[0]
	f.Cause = &Cause{
		Text: fmt.Sprintf("created on behalf of %s, in %s", best.Func, l.share()),
		File: best.File, Line: best.Line, Func: best.Func,
		Kind:       Measured,
		Candidates: l.candidates,
	}
	f.Evidence = append(f.Evidence, Evidence{Kind: Measured, File: best.File, Line: best.Line, Text: l.evidence(best.Func)})
}

// sites are all of the finding's own: the suspect and what was joined to it.
func (s *suspect) sites() []*suspect { return append([]*suspect{s}, s.others...) }

// total is the finding's count and rate: the sums over its sites.
func (s *suspect) total() (Count, Rate) {
	var c Count
	var r Rate
	for _, one := range s.sites() {
		n := one.count()
		c.First += n.First
		c.Last += n.Last
		r.Value += one.trend.Rate
		r.Low += one.trend.Low
		r.High += one.trend.High
	}
	return c, r
}

func numbers(t growth.Trend) *Numbers {
	if t.Samples == 0 {
		return nil
	}
	return &Numbers{
		Samples: t.Samples, Seconds: t.Seconds, Warmup: t.Warmup, P: t.P, PAdjusted: t.PAdjusted,
		Late: Rate{Value: t.Late, Low: t.LateLow, High: t.LateHigh}, Ratchet: t.Ratchet, Plateau: t.Plateau,
	}
}

func positions(frames []goroutine.Frame) []Position {
	ps := make([]Position, len(frames))
	for i, f := range frames {
		ps[i] = position(f)
	}
	return ps
}
