package analyze

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// inventoryOf lists every site with its counts at both ends of the watch; the
// sums equal the totals.
func inventoryOf(suspects []*suspect) []Inventory {
	list := make([]Inventory, 0, len(suspects))
	for _, s := range suspects {
		n := s.count()
		line := Inventory{Site: s.site, Class: s.class(), First: n.First, Last: n.Last}
		if s.trend.Samples > 1 {
			line.Rate = &Rate{Value: s.trend.Rate, Low: s.trend.Low, High: s.trend.High}
		}
		list = append(list, line)
	}
	slices.SortFunc(list, func(x, y Inventory) int {
		return cmp.Or(cmp.Compare(x.Class, y.Class), cmp.Compare(y.Last, x.Last), cmp.Compare(y.First, x.First), cmp.Compare(x.Site.Entry, y.Site.Entry))
	})
	return list
}

func (s *suspect) class() Class {
	switch s.verdict {
	case Confirmed, Probable, Suspect, GrowingWithLoad:
		return ClassGrowing
	case Stuck:
		return ClassStuck
	}
	if strings.HasPrefix(string(s.series.Key), "runtime.") || strings.HasPrefix(string(s.series.Key), "runtime/") {
		return ClassRuntime
	}
	return ClassExpected
}

// clearedOf lists the sites that rose within the watch and are not leaking, with
// the reason: a report must refute a suspect as plainly as it accuses one.
func clearedOf(suspects []*suspect) []Cleared {
	cleared := []Cleared{}
	for _, s := range suspects {
		if s.verdict != Stable {
			continue
		}
		if why := s.whyCleared(); why != "" {
			cleared = append(cleared, Cleared{Site: s.site, Count: s.count(), Why: why})
		}
	}
	slices.SortFunc(cleared, func(x, y Cleared) int {
		return cmp.Or(cmp.Compare(y.Count.Last-y.Count.First, x.Count.Last-x.Count.First), cmp.Compare(x.Site.Entry, y.Site.Entry))
	})
	return cleared
}

// whyCleared says why a rise is no leak; "" when there was no rise to explain.
func (s *suspect) whyCleared() string {
	t := s.trend
	n := s.count()
	peak := 0.0
	for _, p := range s.points {
		peak = max(peak, p.N)
	}
	switch {
	case t.Warmup > 0 && t.Last-float64(n.First) >= minCleared && !t.Growing:
		return fmt.Sprintf("climbed for %s at the start and has been level since", duration(t.Warmup))
	case t.Plateau:
		return fmt.Sprintf("rose and has stopped: %s a minute in the second half of the watch", signed(t.Late))
	case t.Burst:
		return fmt.Sprintf("rose to %.0f and came back", peak)
	case peak-float64(n.First) < minCleared && n.Last-n.First < minCleared:
		return ""
	case s.hasIDs && s.survival.Exposed > 0 && s.survival.Died > 0:
		return fmt.Sprintf("comes and goes: %d of the %d that reached %.0f s of age ended", s.survival.Died, s.survival.Exposed, s.survival.Age)
	case s.hasIDs && s.cohort.Died > 0:
		return fmt.Sprintf("comes and goes: %d ended within the watch", s.cohort.Died)
	}
	return fmt.Sprintf("no significant growth (%s after Holm's correction)", pvalue(t.PAdjusted))
}

// minCleared is the rise in goroutines from which on a reader would ask.
const minCleared = 4
