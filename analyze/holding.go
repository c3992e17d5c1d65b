package analyze

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/logcap/logcap/analyze/growth"
)

// inStep is a group of descriptors that grows with a finding's goroutines.
type inStep struct {
	holding *Holding
	growth.Together
}

const (
	// maxApart is how many seconds may lie between counting goroutines and
	// counting descriptors: what is made in between is in one count only.
	maxApart = 2.5
	// maxInStep is how many groups a finding names; they are ordered by how well they agree.
	maxInStep = 3
)

// matchHoldings looks, for every finding that grows, for descriptors that are
// opened when its goroutines are made.
func matchHoldings(h *History, accused []*suspect) {
	for _, s := range accused {
		if s.absorbed || s.hidden || s.verdict == Stuck || !s.trend.Growing {
			continue
		}
		s.held = s.holdings(h)
		for _, with := range s.held {
			s.because(Measured, with.say(h.Usage))
		}
		if text := s.exhaustion(h); text != "" {
			s.because(Measured, text)
		}
	}
}

// holdings are the groups in step, best first. Where one of a kind is by name,
// all of its kind together say no more.
func (s *suspect) holdings(h *History) []inStep {
	at, goroutines := s.atReadings(h)
	var named, kinds []inStep
	for i := range h.Holdings {
		held := &h.Holdings[i]
		points := make([]growth.Point, len(at))
		for j, reading := range at {
			points[j] = held.Points[reading]
		}
		together, ok := growth.InStep(goroutines, points)
		switch {
		case !ok:
		case held.Name != "":
			named = append(named, inStep{held, together})
		default:
			kinds = append(kinds, inStep{held, together})
		}
	}
	for _, k := range kinds {
		if !slices.ContainsFunc(named, func(n inStep) bool { return n.holding.Kind == k.holding.Kind }) {
			named = append(named, k)
		}
	}
	slices.SortStableFunc(named, func(x, y inStep) int {
		return cmp.Or(cmp.Compare(y.Matched, x.Matched), cmp.Compare(y.Times*y.B, x.Times*x.B))
	})
	return named[:min(len(named), maxInStep)]
}

// atReadings are the readings that can be compared, and the finding's
// goroutines at them: by the tick that is nearest.
func (s *suspect) atReadings(h *History) (at []int, counts []growth.Point) {
	if len(s.points) == 0 {
		return nil, nil
	}
	from := s.points[0].T + s.trend.Warmup
	for i, r := range h.Usage {
		tick := nearestTick(s.points, r.T)
		if r.T < from || math.Abs(s.points[tick].T-r.T) > maxApart {
			continue
		}
		p := growth.Point{T: r.T, N: s.points[tick].N}
		for _, other := range s.others {
			if tick < len(other.points) { // all sites have the same ticks
				p.N += other.points[tick].N
			}
		}
		at, counts = append(at, i), append(counts, p)
	}
	return at, counts
}

// nearestTick is the index of the point nearest in time.
func nearestTick(points []growth.Point, t float64) int {
	i, _ := slices.BinarySearchFunc(points, t, func(p growth.Point, t float64) int { return cmp.Compare(p.T, t) })
	switch {
	case i == len(points):
		return i - 1
	case i > 0 && t-points[i-1].T < points[i].T-t:
		return i - 1
	}
	return i
}

// say is the evidence in one sentence.
func (w inStep) say(readings []Usage) string {
	each := descriptors(w.B)
	agree := fmt.Sprintf("the counts agree in %d of %d readings, %.1f s apart", w.Matched, w.Readings, spacing(readings))
	return fmt.Sprintf("each time %s and %s %s: %d times, and %s", goroutines(w.A), each, w.holding.what(), w.Times, agree)
}

// spacing is the mean time between readings, in seconds.
func spacing(readings []Usage) float64 {
	return (readings[len(readings)-1].T - readings[0].T) / float64(max(1, len(readings)-1))
}

func descriptors(n int) string {
	if n == 1 {
		return "1 descriptor"
	}
	return count(n, "descriptors")
}

// what says what the descriptors are open on.
func (h *Holding) what() string {
	switch {
	case h.Name == "":
		return "of kind " + h.Kind
	case h.Path != "":
		return "of " + h.Path
	}
	switch h.Relation {
	case "to":
		return fmt.Sprintf("to %s (%s)", h.Name, h.Kind)
	case "accepted":
		return fmt.Sprintf("of connections accepted at %s (%s)", h.Name, h.Kind)
	case "listening", "bound":
		return fmt.Sprintf("that listen at %s (%s)", h.Name, h.Kind)
	case "in":
		return "of files in " + h.Name
	}
	return fmt.Sprintf("of %s (%s)", h.Name, h.Kind)
}

// perLeak is how many descriptors come with one goroutine; 0 when none are in
// step. Groups of different kinds add up: a call may open several things.
func (s *suspect) perLeak() float64 {
	kinds := map[string]float64{}
	for _, w := range s.held {
		kinds[w.holding.Kind] = max(kinds[w.holding.Kind], float64(w.B)/float64(w.A))
	}
	sum := 0.0
	for _, each := range kinds {
		sum += each
	}
	return sum
}

// exhaustion says when the process may open no more, if this finding alone
// goes on; "" when nothing is in step, or there is no limit.
func (s *suspect) exhaustion(h *History) string {
	each := s.perLeak()
	last := len(h.Usage) - 1
	if each == 0 || h.Usage[last].Limit == 0 {
		return ""
	}
	_, rate := s.total()
	limit := reach("descriptors", float64(h.Usage[last].Limit), float64(h.Usage[last].Descriptors), each, rate, Measured)
	if limit.Seconds <= 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d descriptors that may be open are in use: at this rate of %s descriptors a minute the rest is used up in %s",
		h.Usage[last].Descriptors, h.Usage[last].Limit, signed(each*rate.Value), duration(limit.Seconds))
}
