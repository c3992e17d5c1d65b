package growth

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestTheilSen(t *testing.T) {
	for _, c := range []struct {
		name             string
		points           []Point
		slope, low, high float64 // per minute
	}{
		{"nothing", nil, 0, 0, 0},
		{"one", []Point{{1, 5}}, 0, 0, 0},
		{"twice the same time", []Point{{1, 5}, {1, 9}}, 0, 0, 0},
		{"two", []Point{{0, 1}, {60, 33}}, 32, 32, 32},
		{"a line", []Point{{0, 0}, {1, 2}, {2, 4}, {3, 6}, {4, 8}}, 120, 120, 120},
		{"a line with one outlier", []Point{{0, 0}, {1, 2}, {2, 90}, {3, 6}, {4, 8}}, 120, -5040, 5280},
		// Hollander & Wolfe, example 9.1: slope -0.056; with five points the 95 % interval is that of all ten slopes.
		{"cloud seeding", []Point{{60, 1.26}, {120, 1.27}, {180, 1.12}, {240, 1.16}, {300, 1.03}}, -0.055, -0.15, 0.04},
		// By hand: P(S >= 18) = 0.016 is the first below 0.025, so C = 16 and, of 28 slopes, the sixth
		// from below (-1, 1/2, 1/2, 2/3, 2/3, 3/4) and from above (2, 2, 3/2, 3/2, 4/3, 4/3).
		{"eight with a swap", []Point{{0, 1}, {60, 2}, {120, 3}, {180, 5}, {240, 4}, {300, 6}, {360, 7}, {420, 8}}, 1, 0.75, 4.0 / 3},
	} {
		slope, low, high := TheilSen(c.points)
		if !near(slope, c.slope, 0.002) || !near(low, c.low, 1e-9) || !near(high, c.high, 1e-9) {
			t.Errorf("%s: %g [%g, %g], want %g [%g, %g]", c.name, slope, low, high, c.slope, c.low, c.high)
		}
	}
}

// Of 1,000 lines with independent noise the interval must hold the true slope in
// 95 of a hundred; the bounds are four deviations of such a count away.
func TestTheilSenCovers(t *testing.T) {
	for _, n := range []int{5, 8, 10, 11, 20, 60} {
		covered := 0
		for seed := range uint64(1000) {
			rng := rand.New(rand.NewPCG(seed, uint64(n)))
			points := every(60, 60*float64(n-1), func(t float64) float64 { return 32*t/60 + rng.NormFloat64()*3 })
			if _, low, high := TheilSen(points); low <= 32 && 32 <= high {
				covered++
			}
		}
		if covered < 922 {
			t.Errorf("%d points: covered in %d of 1000", n, covered)
		}
	}
}

func TestQuickIsNearTheSlope(t *testing.T) {
	noise := uniform(3, 4)
	points := every(0.5, 600, func(t float64) float64 { return 2*t + noise() })
	if got := Quick(points); !near(got, 120, 1) {
		t.Errorf("%g a minute, want 120", got)
	}
}

func TestMedianIsThatOfSorting(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	for range 500 {
		xs := make([]float64, 1+rng.IntN(40))
		for i := range xs {
			xs[i] = float64(rng.IntN(10))
		}
		sorted := slices.Sorted(slices.Values(xs))
		want := (sorted[(len(xs)-1)/2] + sorted[len(xs)/2]) / 2
		if got := median(slices.Clone(xs)); got != want {
			t.Fatalf("%v: %g, want %g", xs, got, want)
		}
	}
}
