package growth

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// The exact values are from Kendall's table of S (Rank Correlation Methods,
// appendix table 1); those with ties were counted by hand over all distinct orders.
func TestMannKendall(t *testing.T) {
	for _, c := range []struct {
		name string
		xs   []float64
		s    int
		p    float64
		tol  float64
	}{
		{"nothing", nil, 0, 1, 0},
		{"one", []float64{7}, 0, 1, 0},
		{"four rising", []float64{1, 2, 3, 4}, 6, 1.0 / 24, 1e-12},
		{"five rising", []float64{1, 2, 3, 4, 5}, 10, 1.0 / 120, 1e-12},
		{"five with one swap", []float64{1, 3, 2, 4, 5}, 8, 5.0 / 120, 1e-12},
		{"five falling", []float64{5, 4, 3, 2, 1}, -10, 1, 1e-12},
		{"eight, S of 16", []float64{2, 1, 4, 3, 6, 5, 8, 7}, 20, 0.0071, 5e-5},
		{"ten, S of 21", []float64{1, 2, 3, 6, 5, 4, 10, 9, 8, 7}, 27, 0.0083, 5e-5},
		{"all equal", []float64{3, 3, 3, 3, 3}, 0, 1, 0},
		{"a pair and a pair: one order of six", []float64{1, 1, 2, 2}, 4, 1.0 / 6, 1e-12},
		{"one above three: one order of four", []float64{0, 0, 0, 1}, 3, 1.0 / 4, 1e-12},
		{"two levels of five: one order of 252", []float64{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, 25, 1.0 / 252, 1e-12},
		// (66-1)/sqrt(12*11*29/18) = 4.457
		{"twelve rising, approximately", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 66, 4.155e-6, 1e-8},
		{"twelve equal", make([]float64, 12), 0, 1, 0},
	} {
		s, p := MannKendall(c.xs)
		if s != c.s || !near(p, c.p, c.tol) {
			t.Errorf("%s: S %d, p %.6g; want %d, %.6g", c.name, s, p, c.s, c.p)
		}
	}
}

// The distribution with ties is compared with a count over all permutations.
func TestExactTailCountsAllOrders(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 30 {
		xs := make([]float64, 2+rng.IntN(6))
		for i := range xs {
			xs[i] = float64(rng.IntN(4))
		}
		s, p := MannKendall(xs)
		var reached, all int
		permute(slices.Clone(xs), len(xs), func(ys []float64) {
			all++
			if other, _ := MannKendall(ys); other >= s {
				reached++
			}
		})
		if want := float64(reached) / float64(all); !near(p, want, 1e-12) {
			t.Errorf("%v: p %.6g, by counting %.6g", xs, p, want)
		}
	}
}

// permute calls f with every order of the first n of xs (Heap's algorithm).
func permute(xs []float64, n int, f func([]float64)) {
	if n <= 1 {
		f(xs)
		return
	}
	for i := range n {
		permute(xs, n-1, f)
		if n%2 == 0 {
			xs[i], xs[n-1] = xs[n-1], xs[i]
		} else {
			xs[0], xs[n-1] = xs[n-1], xs[0]
		}
	}
}

func TestMannKendallReversedAndMonotone(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		xs := make([]float64, 3+rng.IntN(20))
		for i := range xs {
			xs[i] = float64(rng.IntN(8))
		}
		s, p := MannKendall(xs)
		grown := slices.Clone(xs)
		for i := range grown {
			grown[i] = 3*grown[i] + 7 // ranks do not change
		}
		if s2, p2 := MannKendall(grown); s2 != s || p2 != p {
			t.Fatalf("%v: S %d p %g; scaled S %d p %g", xs, s, p, s2, p2)
		}
		slices.Reverse(xs)
		if s2, _ := MannKendall(xs); s2 != -s {
			t.Fatalf("%v: reversed S %d, want %d", xs, s2, -s)
		}
		if p < 0 || p > 1 {
			t.Fatalf("%v: p %g", xs, p)
		}
	}
}

func TestHolm(t *testing.T) {
	for _, c := range []struct {
		name     string
		ps, want []float64
	}{
		{"none", nil, []float64{}},
		{"one", []float64{0.03}, []float64{0.03}},
		{"the textbook's four", []float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}},
		{"never above one", []float64{0.5, 0.6, 0.9}, []float64{1, 1, 1}},
		{"never below a smaller one", []float64{0.01, 0.0101}, []float64{0.02, 0.02}},
	} {
		got := Holm(c.ps)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return near(a, b, 1e-12) }) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
