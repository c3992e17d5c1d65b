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
}

// Stay says whether enough goroutines grew old and hardly any of them died.
func (s Survival) Stay(th Thresholds) bool {
	return s.Exposed >= th.MinExposed && float64(s.Died) <= th.MaxDeathShare*float64(s.Exposed)
}

// alive is a goroutine that the dumps so far have not seen end.
type alive struct {
	id    uint64
	first float64 // when it was first seen
	// birth is the middle between its first dump and the one before: with few
	// dumps, counting age from the first sight alone would find nobody old.
	birth float64
	// old is when it was first seen old; NaN before.
	old float64
}

// Cohorts follows the goroutines of a site by id through the dumps of one
// process, sorted by time, in a watch of window seconds. It merges sorted
// ids, so that its cost is linear in them. A cut dump must not be among them: all it lost would count as dead.
func Cohorts(dumps []Seen, window float64) (Cohort, Survival) {
	var c Cohort
	s := Survival{Dumps: len(dumps), Age: OldShare * window}
	if len(dumps) == 0 {
		return c, s
	}
	var now, next []alive
	for i, d := range dumps {
		birth := d.T
		if i > 0 {
			birth = (dumps[i-1].T + d.T) / 2
		}
		next = next[:0]
		j := 0
		for _, id := range d.IDs {
			for ; j < len(now) && now[j].id < id; j++ {
				s.end(now[j], birth)
				c.Died++
			}
			g := alive{id: id, first: d.T, birth: birth, old: math.NaN()}
			switch {
			case j < len(now) && now[j].id == id:
				g = now[j]
				j++
			case i > 0:
				c.Born++
			}
			if math.IsNaN(g.old) && d.T-g.birth >= s.Age && i < len(dumps)-1 {
				g.old = d.T
				s.Exposed++
			}
			next = append(next, g)
		}
		for ; j < len(now); j++ {
			s.end(now[j], birth)
			c.Died++
		}
		now, next = next, now
	}
	last := dumps[len(dumps)-1].T
	for _, g := range now {
		if g.first > dumps[0].T {
			c.Survivors++
		}
		c.OldestSeconds = max(c.OldestSeconds, last-g.first)
		if !math.IsNaN(g.old) {
			s.Followed += last - g.old
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
		term := math.Exp(-mean)
		sum := term
		for i := 1; i <= n; i++ {
			term *= mean / float64(i)
			sum += term
		}
		if sum > 0.05 {
			low = mean
		} else {
			high = mean
		}
	}
	return (low + high) / 2
}
