package growth

import (
	"math"
	"slices"
)

// Together is two counts that grow in step: each time so many of one and so
// many of the other.
type Together struct {
	A, B  int // each time; without a common divisor
	Times int // how often, over all readings
	// Readings is how many there were, Matched in how many of them both counts
	// had risen equally often, to less than half a time.
	Readings, Matched int
}

// The limits of InStep. scripts/simulate -instep shows what they let through;
// docs/judgement.md has the figures.
const (
	// maxEach is the most of either, each time: with more, some ratio fits anything.
	maxEach = 4
	// minTimes: two independent counts drift apart by the root of twice the
	// times; below this that is too little to see.
	minTimes = 12
	// minReadings and minMoments: how often one must have looked, and in how
	// many of the intervals both must have grown. What grew once, at the start,
	// grew at one moment, whatever grew with it.
	minReadings, minMoments = 8, 6
	// matchShare of the readings must match where the counts themselves are the evidence.
	matchShare = 0.9
	// and it must have happened so often: two tickers whose periods differ by a
	// thirtieth stay within one time of each other for as long.
	steadyTimes = 24
	// bandRoot: no reading may be further off than this part of the root of
	// the times, and never less than one time, which may fall between the two
	// countings. Two Poisson processes stay within 0.4 of it once in ten million.
	bandRoot = 0.4
	// Where counts are blurred by others that come and go, the moments must be
	// the evidence: the correlation of the rises, their means taken off, in root-of-n
	// units and by itself. One stream of requests of which each leaves either
	// half the time has 0.5. Two tickers rise by one number or the next, and
	// correlate as their beat falls: rises have to differ by more to say anything.
	minCorrelation, minRoots, minSpread = 0.6, 3.5, 2
)

// InStep says whether two counts, taken at the same moments, grow in step; the
// zero value when not, or when too little was seen to tell. Two that merely grow are not in step: the counts
// have to agree at every moment, or rise at the same ones.
func InStep(a, b []Point) (Together, bool) {
	n := len(a)
	if n != len(b) || n < minReadings {
		return Together{}, false
	}
	rose := [2]float64{a[n-1].N - a[0].N, b[n-1].N - b[0].N}
	if rose[0] <= 0 || rose[1] <= 0 {
		return Together{}, false
	}
	t := nearestRatio(rose)
	t.Readings = n
	t.Times = int(math.Round((rose[0]/float64(t.A) + rose[1]/float64(t.B)) / 2))
	if t.Times < minTimes || moments(a, b) < minMoments {
		return Together{}, false
	}
	worst := 0.0
	t.Matched, worst = t.agree(a, b)
	if worst > max(1, bandRoot*math.Sqrt(float64(t.Times))) {
		return Together{}, false
	}
	counts := float64(t.Matched) >= matchShare*float64(n) && worst <= 1 && t.Times >= steadyTimes
	if !counts && !t.sameMoments(a, b) {
		return Together{}, false
	}
	return t, true
}

// nearestRatio is the pair whose number of times agrees best.
func nearestRatio(rose [2]float64) Together {
	best, least := Together{A: 1, B: 1}, math.Inf(1)
	for a := 1; a <= maxEach; a++ {
		for b := 1; b <= maxEach; b++ {
			if gcd(a, b) > 1 {
				continue
			}
			if off := math.Abs(math.Log(rose[0] * float64(b) / (rose[1] * float64(a)))); off < least {
				best, least = Together{A: a, B: b}, off
			}
		}
	}
	return best
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// moments is in how many intervals both rose.
func moments(a, b []Point) int {
	n := 0
	for i := 1; i < len(a); i++ {
		if a[i].N > a[i-1].N && b[i].N > b[i-1].N {
			n++
		}
	}
	return n
}

// agree compares how often each count says that it happened, from the median
// of their difference: in how many readings they agree, and how far they are apart at most.
func (t Together) agree(a, b []Point) (matched int, worst float64) {
	apart := make([]float64, len(a))
	for i := range a {
		apart[i] = a[i].N/float64(t.A) - b[i].N/float64(t.B)
	}
	sorted := slices.Clone(apart)
	slices.Sort(sorted)
	middle := sorted[len(sorted)/2]
	for _, x := range apart {
		off := math.Abs(x - middle)
		worst = max(worst, off)
		if off < 0.5 {
			matched++
		}
	}
	return matched, worst
}

// sameMoments says whether both rise more at the same times.
func (t Together) sameMoments(a, b []Point) bool {
	r, spread := correlation(a, b)
	return r >= minCorrelation && r*math.Sqrt(float64(len(a)-2)) >= minRoots && spread >= minSpread*float64(t.A)
}

// correlation is Pearson's, of the rises from reading to reading; 0 when either
// never varies. spread is how far the rises of a lie apart.
func correlation(a, b []Point) (r, spread float64) {
	n := float64(len(a) - 1)
	var sa, sb float64
	least, most := math.Inf(1), math.Inf(-1)
	for i := 1; i < len(a); i++ {
		x := a[i].N - a[i-1].N
		sa, least, most = sa+x, min(least, x), max(most, x)
		sb += b[i].N - b[i-1].N
	}
	var ab, aa, bb float64
	for i := 1; i < len(a); i++ {
		x, y := a[i].N-a[i-1].N-sa/n, b[i].N-b[i-1].N-sb/n
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	if aa == 0 || bb == 0 {
		return 0, most - least
	}
	return ab / math.Sqrt(aa*bb), most - least
}
