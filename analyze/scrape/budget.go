package scrape

import (
	"slices"
	"time"

	"github.com/logcap/logcap/analyze/recording"
)

// affords says whether one more of a kind fits into the budget beside the protos.
func (s *Schedule) affords(now time.Duration, kind recording.Kind) bool {
	return s.otherCost(now)+s.estimate(kind) <= time.Duration(s.times()*otherShare*float64(budgetWindow))
}

// estimate is what the next of a kind will cost: as the newest did, grown with
// the goroutines where the cost does.
func (s *Schedule) estimate(kind recording.Kind) time.Duration {
	k := s.kind(kind)
	if k.total > 0 && s.total > k.total && (kind == recording.Stacks || kind == recording.Leak) {
		return k.cost * time.Duration(s.total) / time.Duration(k.total)
	}
	return k.cost
}

// otherRate is the share of a core that everything but the protos took lately.
func (s *Schedule) otherRate(now time.Duration) float64 {
	return s.otherCost(now).Seconds() / budgetWindow.Seconds()
}

func (s *Schedule) otherCost(now time.Duration) time.Duration {
	s.others = slices.DeleteFunc(s.others, func(o spent) bool { return o.at < now-budgetWindow })
	var sum time.Duration
	for _, o := range s.others {
		sum += o.cost
	}
	return sum
}

// protoCost is what a proto costs: the least that it took lately. An answer
// can take longer than the target computed, when others wanted its processor,
// and never less.
func (s *Schedule) protoCost() time.Duration { return slices.Min(s.protos) }

// times is how much more than its share asking may take.
func (s *Schedule) times() float64 {
	if s.policy.Local {
		return localShare
	}
	return 1
}
