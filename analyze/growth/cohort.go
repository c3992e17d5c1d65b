package growth

import "math"

// OldShare is the age, as a share of the window, from which on a goroutine
// counts as old: the cohort rule asks whether old ones ever die. Younger ones die in every service,
// and in one whose every third request leaks most of them do.
const OldShare = 0.25

// Seen are the goroutines of a site that one complete dump held.
type Seen struct {
	T   float64  // seconds since the watch began
	IDs []uint64 // ascending, no id twice
}

// Survival answers whether the old goroutines of a site ever die.
type Survival struct {
	Dumps int
	// Age is the age that counts as old, in seconds: OldShare of the window.
	Age float64
	// Exposed goroutines were seen at that age before the last dump; Died of them were gone by it.
	Exposed, Died int
	// Followed is how long the exposed were watched from then on, in goroutine-seconds together.
	Followed float64
	// DeathRate is the deaths per minute and exposed goroutine that cannot be
	// excluded: the upper end of the one-sided 95 % interval of a Poisson count, three per
	// Followed when none died. 0 when none was exposed.
	DeathRate float64
	// MeanLifeExcluded is its reciprocal in seconds: were old goroutines to end
	// at a constant rate with a shorter mean remaining life than this, more would have been seen to end.
	// Lifetimes all alike (ten-minute sessions) escape it; of those only ones
	// below Cohort.OldestSeconds are excluded. 0 when nothing is.
	MeanLifeExcluded float64
	// Old is how many were old at each dump, from the first at which any could
	// be. What is left of a count when the short-lived are taken away: Fit finds
	// in it a leak that their coming and going hides.
	Old []Point
}

// Stay says whether enough goroutines grew old and hardly any of them died.
func (s Survival) Stay(th Thresholds) bool {
	return s.Exposed >= th.MinExposed && float64(s.Died) <= th.MaxDeathShare*float64(s.Exposed)
}

// Agree says whether trend and cohort agree on a leak, given the fit of all
// goroutines of a site and that of its old ones (Survival.Old): the count grows, or that of
// the old does where most die and their coming and going hides it; and the old stay.
func Agree(all, old Trend, c Cohort, s Survival, th Thresholds) bool {
	hidden := old.Growing && 2*c.Died > c.Born
	return (all.Growing || hidden) && s.Stay(th)
}

// alive is a goroutine that the dumps so far have not seen end.
type alive struct {
	id    uint64
	first float64 // when it was first seen
	birth float64 // by estimate
	// old is when it was first seen old; NaN before.
	old float64
}

// Cohorts follows the goroutines of a site by id through the dumps of one
// process, sorted by time, in a watch of window seconds. It merges sorted
// ids, so that its cost is linear in them. A cut dump must not be among them: all it lost would count as dead.
//
// A goroutine first seen in a dump was born since the one before, halfway on
// average, and its age is counted from there. Where dumps lie farther apart
// than the age that counts as old, that would make all the short-lived ones of
// the moment old; there, age counts from the first sight, unless that leaves nobody old.
func Cohorts(dumps []Seen, window float64) (Cohort, Survival) {
	for i := 1; i < len(dumps); i++ {
		if dumps[i].T-dumps[i-1].T > OldShare*window {
			if c, s := follow(dumps, window, 0); s.Exposed > 0 {
				return c, s
			}
			break
		}
	}
	return follow(dumps, window, 0.5)
}

// follow is Cohorts with births taken for a share of the way back to the dump before.
func follow(dumps []Seen, window, back float64) (Cohort, Survival) {
	var c Cohort
	s := Survival{Dumps: len(dumps), Age: OldShare * window}
	if len(dumps) == 0 {
		return c, s
	}
	var now, next []alive
	before := dumps[0].T
	for i, d := range dumps {
		gap := d.T - before
		before = d.T
		old, j := 0, 0
		next = next[:0]
		for _, id := range d.IDs {
			for ; j < len(now) && now[j].id < id; j++ {
				s.end(now[j], d.T-gap/2)
				c.Died++
			}
			g := alive{id: id, first: d.T, birth: d.T - back*gap, old: math.NaN()}
			switch {
			case j < len(now) && now[j].id == id:
				g = now[j]
				j++
			case i > 0:
				c.Born++
			}
			if d.T-g.birth >= s.Age {
				old++
				if math.IsNaN(g.old) && i < len(dumps)-1 {
					g.old = d.T
					s.Exposed++
				}
			}
			next = append(next, g)
		}
		for ; j < len(now); j++ {
			s.end(now[j], d.T-gap/2)
			c.Died++
		}
		now, next = next, now
		if d.T-dumps[0].T >= s.Age {
			s.Old = append(s.Old, Point{T: d.T, N: float64(old)})
		}
	}
	for _, g := range now {
		if g.first > dumps[0].T {
			c.Survivors++
		}
		c.OldestSeconds = max(c.OldestSeconds, before-g.first)
		if !math.IsNaN(g.old) {
			s.Followed += before - g.old
		}
	}
	if s.Followed > 0 {
		perSecond := poissonHigh(s.Died) / s.Followed
		s.DeathRate, s.MeanLifeExcluded = perSecond*60, 1/perSecond
	}
	return c, s
}

// end counts the death of a goroutine at about the time t.
func (s *Survival) end(g alive, t float64) {
	if !math.IsNaN(g.old) {
		s.Died++
		s.Followed += t - g.old
	}
}

// poissonHigh is the upper end of the one-sided 95 % interval for the mean of
// a Poisson count of n: the mean at which n or fewer have a probability of 5 %
// (Garwood 1936; for 0 it is 2.996, the rule of three). Above a hundred by the approximation of Wilson
// and Hilferty (1931), right to five digits there.
func poissonHigh(n int) float64 {
	if n > 100 {
		k := float64(n + 1)
		cube := 1 - 1/(9*k) + 1.644854/(3*math.Sqrt(k))
		return k * cube * cube * cube
	}
	low, high := float64(n), 2*float64(n)+10
	for range 60 {
		mean := (low + high) / 2
		if poissonTail(mean, n) > 0.05 {
			low = mean
		} else {
			high = mean
		}
	}
	return (low + high) / 2
}

// poissonTail is the probability that a Poisson count of this mean is n or less.
func poissonTail(mean float64, n int) float64 {
	if n > 100 || mean > 700 {
		// Far from zero the square root of a Poisson count is normal with a deviation of a half.
		return math.Erfc(math.Sqrt2*(math.Sqrt(mean)-math.Sqrt(float64(n)+0.5))) / 2
	}
	term := math.Exp(-mean)
	sum := term
	for i := 1; i <= n; i++ {
		term *= mean / float64(i)
		sum += term
	}
	return min(1, sum)
}
