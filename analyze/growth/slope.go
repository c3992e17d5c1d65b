package growth

import (
	"math"
	"slices"
)

// perMinute turns a slope per second into one per minute.
const perMinute = 60

// TheilSen returns the median slope over all pairs of points in goroutines per
// minute (Theil 1950, Sen 1968) and its 95 % confidence interval from the
// distribution of Kendall's S: exact up to ten points, beyond by the normal
// approximation with ties (Hollander & Wolfe, Nonparametric Statistical Methods, 9.3). Four
// points or fewer have no 95 % interval; low and high are then the extremes of
// all pairs. Fewer than two distinct times give zeros. Its cost is quadratic.
func TheilSen(points []Point) (slope, low, high float64) {
	slopes := pairSlopes(points)
	n := len(slopes)
	if n == 0 {
		return 0, 0, 0
	}
	skip := rankInterval(points)
	// The interval is symmetric in ranks: as many slopes are cut off above as below.
	skip = max(0, min(skip, (n-1)/2))
	slices.Sort(slopes)
	mid := slopes[n/2]
	if n%2 == 0 {
		mid = (slopes[n/2-1] + mid) / 2
	}
	return mid * perMinute, slopes[skip] * perMinute, slopes[n-1-skip] * perMinute
}

// Quick is the slope of points in goroutines per minute without interval or
// warm-up, from forty bins: fit for a table of hundreds of sites that is drawn
// anew every tick.
func Quick(points []Point) float64 {
	slopes := pairSlopes(bin(points, 40))
	return median(slopes) * perMinute
}

// pairSlopes returns the slopes per second between all pairs of points at different times.
func pairSlopes(points []Point) []float64 {
	slopes := make([]float64, 0, len(points)*(len(points)-1)/2)
	for i, a := range points {
		for _, b := range points[i+1:] {
			if dt := b.T - a.T; dt != 0 {
				slopes = append(slopes, (b.N-a.N)/dt)
			}
		}
	}
	return slopes
}

// rankInterval is how many slopes lie outside of the 95 % interval on each
// side. With C two less than the smallest k of P(S >= k) <= 0.025, they are
// (pairs - C) / 2 - 1, for the interval's ends are slopes themselves.
func rankInterval(points []Point) int {
	n := len(points)
	pairs := n * (n - 1) / 2
	if n > exactLimit {
		xs := make([]float64, n)
		for i, p := range points {
			xs[i] = p.N
		}
		c := 1.959964 * math.Sqrt(kendallVariance(n, tieGroups(xs)))
		return int(math.Floor((float64(pairs)-c)/2)) - 1
	}
	// As if without ties: those of a staircase would narrow the interval, and it is wide for a reason.
	ones := make([]int, n)
	for i := range ones {
		ones[i] = 1
	}
	falls, _ := orders(ones)
	var all, tail float64
	for _, f := range falls {
		all += f
	}
	skip := 0
	for ; skip < len(falls); skip++ {
		if tail += falls[skip]; tail/all > 0.025 {
			break
		}
	}
	return skip - 1
}
