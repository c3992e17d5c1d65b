package growth

import (
	"math"
	"slices"
)

// exactLimit is the longest series whose distribution is counted out. Beyond it
// the normal approximation is within a few per cent of the exact tail.
const exactLimit = 10

// MannKendall returns Kendall's S of xs against their order (rises minus falls
// over all pairs) and the one-sided probability of an S as large or larger when
// there is no trend. Up to ten values it is exact, ties included; beyond, the normal
// approximation with the variance corrected for ties and a correction for
// continuity (Mann 1945, Kendall 1975). It takes the values for independent.
func MannKendall(xs []float64) (s int, p float64) {
	for i, x := range xs {
		for _, y := range xs[i+1:] {
			switch {
			case y > x:
				s++
			case y < x:
				s--
			}
		}
	}
	ties := tieGroups(xs)
	if len(xs) <= exactLimit {
		return s, exactTail(ties, s)
	}
	v := kendallVariance(len(xs), ties)
	if v == 0 {
		return s, 1
	}
	z := (float64(s) - 1) / math.Sqrt(v)
	return s, math.Erfc(z/math.Sqrt2) / 2
}

// tieGroups returns the sizes of the groups of equal values, groups of one included.
func tieGroups(xs []float64) []int {
	sorted := slices.Sorted(slices.Values(xs))
	var groups []int
	for i, x := range sorted {
		if i > 0 && x == sorted[i-1] {
			groups[len(groups)-1]++
			continue
		}
		groups = append(groups, 1)
	}
	return groups
}

// kendallVariance is the variance of S for n values with these groups of ties.
func kendallVariance(n int, ties []int) float64 {
	term := func(t int) float64 { return float64(t) * float64(t-1) * float64(2*t+5) }
	v := term(n)
	for _, t := range ties {
		v -= term(t)
	}
	return v / 18
}

// orders returns how many distinct orders of values with these groups of ties
// have 0, 1, 2, ... falls, and how many pairs are untied; S is those pairs minus
// twice the falls. They are the coefficients of the q-multinomial (MacMahon
// 1916): the product of q-binomials, one for each group.
func orders(ties []int) (falls []float64, pairs int) {
	falls = []float64{1}
	placed := 0
	for _, t := range ties {
		pairs += placed * t
		placed += t
		falls = multiply(falls, qBinomial(placed, t))
	}
	return falls, pairs
}

// exactTail is the probability of S >= s over all orders of values with these ties.
func exactTail(ties []int, s int) float64 {
	falls, pairs := orders(ties)
	var tail, all float64
	for k, n := range falls {
		all += n
		if pairs-2*k >= s {
			tail += n
		}
	}
	return tail / all
}

// qBinomial returns the coefficients of the Gaussian binomial "n choose k",
// by the rule C(n,k) = C(n-1,k-1) + q^k C(n-1,k).
func qBinomial(n, k int) []float64 {
	if k == 0 || k == n {
		return []float64{1}
	}
	sum := make([]float64, k*(n-k)+1)
	if k == 1 {
		for i := range sum {
			sum[i] = 1
		}
		return sum
	}
	copy(sum, qBinomial(n-1, k-1))
	for i, c := range qBinomial(n-1, k) {
		sum[i+k] += c
	}
	return sum
}

func multiply(a, b []float64) []float64 {
	c := make([]float64, len(a)+len(b)-1)
	for i, x := range a {
		for j, y := range b {
			c[i+j] += x * y
		}
	}
	return c
}

// Holm returns the p-values adjusted for their number by Holm's step-down
// method (Holm 1979), in the order given: rejecting those at or below alpha
// keeps the probability of any false rejection at or below alpha.
func Holm(ps []float64) []float64 {
	order := make([]int, len(ps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case ps[a] < ps[b]:
			return -1
		case ps[a] > ps[b]:
			return 1
		}
		return 0
	})
	adjusted := make([]float64, len(ps))
	var highest float64
	for rank, i := range order {
		highest = max(highest, min(1, ps[i]*float64(len(ps)-rank)))
		adjusted[i] = highest
	}
	return adjusted
}
