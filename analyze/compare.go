package analyze

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Outcome is what became of a leak between two watches.
type Outcome string

// The outcomes. OutcomeInconclusive is never to be read as fixed.
const (
	OutcomeFixed        Outcome = "fixed"     // no longer grows, and the second watch would have shown it
	OutcomeImproved     Outcome = "improved"  // slower beyond both intervals, or some leaks fixed and others not
	OutcomeUnchanged    Outcome = "unchanged" // still grows, as far as the intervals can tell
	OutcomeWorse        Outcome = "worse"     // faster beyond both intervals, or a new finding
	OutcomeInconclusive Outcome = "inconclusive"
)

// Comparison is two watches of one program, side by side.
type Comparison struct {
	Before, After Side
	Verdict       Outcome
	// Why is the verdict in one sentence, with the numbers it rests on.
	Why string
	// Sites are those that are a finding in either watch, worst outcome first.
	Sites []SiteChange
}

// Side is one of the two watches.
type Side struct {
	Target  Target  `json:"target"`
	Window  Window  `json:"window"`
	Verdict Verdict `json:"verdict"`
	Total   Total   `json:"total"`
}

// SiteChange is one site in both watches; a nil half says that the site was not seen in it.
type SiteChange struct {
	ID     string
	Site   Finding // the finding that tells most about the site: the one before, else the one after
	Before *SiteSide
	After  *SiteSide
	// Missed is the highest rate, in goroutines a minute, that the second watch could not have excluded.
	Missed  float64
	Verdict Outcome
	Why     string
}

// SiteSide is one site in one watch.
type SiteSide struct {
	Verdict Verdict `json:"verdict"`
	Count   Count   `json:"count"`
	Rate    Rate    `json:"rate"`
}

// eventsToSee is how many births a watch must expect to show at least one with
// 95 % probability (Poisson: exp(-3) = 0.05; the "rule of three").
const eventsToSee = 3

// fixedShare is the part of the old rate below which the whole new interval
// must lie to be called fixed. Half tells "gone" from "less" in a second watch
// as long as the first; a quarter would need a watch of four times the length.
const fixedShare = 0.5

// FixedBelow is the rate, per minute, below which the interval of a second
// watch must end for a leak of rate r to count as fixed; 0 when r is no growth.
func FixedBelow(r Rate) float64 {
	if !(r.Value > 0) || math.IsInf(r.Value, 0) {
		return 0
	}
	limit := fixedShare * r.Value
	if r.Low > 0 {
		limit = math.Min(limit, r.Low)
	}
	return limit
}

// SecondsToExclude is how long a quiet watch must last to exclude a rate, given per minute.
func SecondsToExclude(perMinute float64) float64 {
	if perMinute <= 0 {
		return math.Inf(1)
	}
	return eventsToSee * 60 / perMinute
}

// Compare says whether the leaks of before are gone in after.
func Compare(before, after *Analysis) Comparison {
	c := Comparison{
		Before: Side{before.Target, before.Window, before.Verdict, before.Total},
		After:  Side{after.Target, after.Window, after.Verdict, after.Total},
		Sites:  []SiteChange{},
	}
	b, a := newLedger(before), newLedger(after)
	for _, e := range b.accused() {
		c.Sites = append(c.Sites, compareSite(e, a.find(e), a))
	}
	for _, e := range a.accused() {
		if old := b.find(e); old == nil || !old.accused {
			c.Sites = append(c.Sites, newSite(old, e, b))
		}
	}
	slices.SortStableFunc(c.Sites, func(x, y SiteChange) int {
		return cmp.Compare(outcomeRank(x.Verdict), outcomeRank(y.Verdict))
	})
	c.Verdict, c.Why = overallOutcome(&c)
	if x, y := mainOf(before), mainOf(after); x != y && x != "" && y != "" {
		c.Why += fmt.Sprintf("; if these are watches of one program: main.main was in %s and is in %s", x, y)
	}
	return c
}

func outcomeRank(o Outcome) int {
	return slices.Index([]Outcome{OutcomeWorse, OutcomeUnchanged, OutcomeInconclusive, OutcomeImproved, OutcomeFixed}, o)
}

// compareSite judges a site that was a finding before; new is nil when the
// second watch never saw it.
func compareSite(old, new *entry, after *ledger) SiteChange {
	s := SiteChange{ID: old.id, Site: old.finding, Before: old.side()}
	if new != nil {
		s.After = new.side()
	}
	s.Missed = after.missed(new)
	s.Verdict, s.Why = outcome(old, new, s.Missed, after)
	if s.Verdict == OutcomeFixed && new == nil {
		s.Why += "; the second watch never saw the site, so be sure that the same load was on it"
	}
	return s
}

func outcome(old, new *entry, missed float64, after *ledger) (Outcome, string) {
	now := Rate{}
	if new != nil {
		now = new.rate
	}
	still := new != nil && new.accused
	switch {
	case after.tooFew && !(still && new.verdict == Confirmed):
		return OutcomeInconclusive, "the second watch is inconclusive itself"
	case old.verdict == Stuck:
		return stuckOutcome(still, after)
	case still && now.Low > old.rate.High:
		return OutcomeWorse, fmt.Sprintf("%s a minute, was %s", perMinute(now), perMinute(old.rate))
	case still && now.High < old.rate.Low:
		return OutcomeImproved, fmt.Sprintf("slower, and still growing: %s a minute, was %s", perMinute(now), perMinute(old.rate))
	case still:
		return OutcomeUnchanged, fmt.Sprintf("%s a minute, was %s: the intervals do not tell them apart", perMinute(now), perMinute(old.rate))
	}
	return quietOutcome(old, missed, after)
}

// quietOutcome is for a site that grew and does so no longer: is that shown, or was the watch too short?
func quietOutcome(old *entry, missed float64, after *ledger) (Outcome, string) {
	limit := FixedBelow(old.rate)
	if step := old.finding.Step; step != nil && after.seconds < 2*step.Period {
		return OutcomeInconclusive, fmt.Sprintf("it grew every %s, and the second watch lasted %s", duration(step.Period), duration(after.seconds))
	}
	switch {
	case limit <= 0:
		return OutcomeInconclusive, "the first watch gives no rate to compare with"
	case missed < limit:
		return OutcomeFixed, fmt.Sprintf("does not grow any more; more than %s a minute would have shown in %s, it was %s",
			perMinuteValue(missed), duration(after.seconds), perMinute(old.rate))
	}
	return OutcomeInconclusive, fmt.Sprintf("up to %s a minute would not have shown in %s, and it was %s: watch for at least %s",
		perMinuteValue(missed), duration(after.seconds), perMinute(old.rate), duration(math.Max(2*after.seconds, SecondsToExclude(limit))))
}

// stuckOutcome: a stuck site is shown to be free by a second watch that could have called it stuck.
func stuckOutcome(still bool, after *ledger) (Outcome, string) {
	switch {
	case still:
		return OutcomeUnchanged, "still stuck"
	case after.dumps < 2:
		return OutcomeInconclusive, "the second watch has no two dumps, without which nothing is seen to be stuck"
	}
	return OutcomeFixed, fmt.Sprintf("not stuck in %s; a deadlock that needs its moment may still come", duration(after.seconds))
}

// newSite is a finding of the second watch that the first does not have.
func newSite(old, new *entry, before *ledger) SiteChange {
	s := SiteChange{ID: new.id, Site: new.finding, After: new.side(), Missed: before.missed(old)}
	if old != nil {
		s.Before = old.side()
	}
	switch {
	case before.tooFew:
		s.Verdict, s.Why = OutcomeInconclusive, "the first watch is inconclusive, so it may have been there"
	case new.verdict != Stuck && new.rate.Low <= s.Missed:
		s.Verdict, s.Why = OutcomeInconclusive, fmt.Sprintf("up to %s a minute would not have shown in the first watch, so it may have been there", perMinuteValue(s.Missed))
	default:
		s.Verdict, s.Why = OutcomeWorse, "new: no finding in the first watch"
	}
	return s
}

// overallOutcome is one verdict for all sites.
func overallOutcome(c *Comparison) (Outcome, string) {
	n := map[Outcome]int{}
	oldWorst, newWorst := Stable, Stable
	for _, s := range c.Sites {
		n[s.Verdict]++
		if s.Before != nil && rank[s.Before.Verdict] < rank[oldWorst] {
			oldWorst = s.Before.Verdict
		}
		if s.Verdict == OutcomeWorse && rank[s.After.Verdict] < rank[newWorst] {
			newWorst = s.After.Verdict
		}
	}
	switch {
	case n[OutcomeWorse] > 0 && rank[newWorst] <= rank[oldWorst]:
		return OutcomeWorse, fmt.Sprintf("%s new or faster in the second watch, as sure as the worst before%s", sites(n[OutcomeWorse]), moved(c))
	case c.After.Verdict == Inconclusive:
		return OutcomeInconclusive, "the second watch is inconclusive"
	case len(c.Sites) == 0 && c.Before.Verdict == Inconclusive:
		return OutcomeInconclusive, "the first watch is inconclusive"
	case len(c.Sites) == 0:
		return OutcomeInconclusive, "neither watch has a finding: there was nothing to fix"
	case n[OutcomeFixed] == len(c.Sites):
		return OutcomeFixed, fmt.Sprintf("every leak of the first watch is gone, and %s was long enough to have shown it", duration(c.After.Window.Seconds))
	case n[OutcomeUnchanged] > 0 && n[OutcomeFixed]+n[OutcomeImproved] == 0:
		return OutcomeUnchanged, "no leak of the first watch is gone or slower"
	case n[OutcomeInconclusive] > 0:
		return OutcomeInconclusive, fmt.Sprintf("%s of %d cannot be decided: %s", sites(n[OutcomeInconclusive]), len(c.Sites), firstWhy(c, OutcomeInconclusive))
	}
	return OutcomeImproved, fmt.Sprintf("%s fixed, %d slower, %d as before, %d new or worse", sites(n[OutcomeFixed]), n[OutcomeImproved], n[OutcomeUnchanged], n[OutcomeWorse])
}

func sites(n int) string {
	if n == 1 {
		return "1 site"
	}
	return fmt.Sprintf("%d sites", n)
}

// firstWhy is the reason of the first site with that outcome.
func firstWhy(c *Comparison, o Outcome) string {
	for _, s := range c.Sites {
		if s.Verdict == o {
			return s.Why
		}
	}
	return ""
}

// moved hints at a leak that only changed its name: the old one is gone and the total grows as before.
func moved(c *Comparison) string {
	b, a := c.Before.Total.Rate, c.After.Total.Rate
	if b.Low > 0 && a.Low > 0 && a.Low <= b.High && b.Low <= a.High {
		return "; the total grows as before, so an old leak may only have been renamed or moved"
	}
	return ""
}

func perMinute(r Rate) string {
	if math.IsInf(r.Low, 0) || math.IsInf(r.High, 0) {
		return perMinuteValue(r.Value) + " (interval open)"
	}
	return fmt.Sprintf("%s (%s to %s)", perMinuteValue(r.Value), perMinuteValue(r.Low), perMinuteValue(r.High))
}

// perMinuteValue keeps two figures of a slow rate and one decimal of a fast one.
func perMinuteValue(v float64) string {
	if v != 0 && math.Abs(v) < 1 {
		return fmt.Sprintf("%.2g", v)
	}
	return fmt.Sprintf("%.1f", v)
}
