package growth

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// every makes a series of one point every step seconds, from 0 to seconds.
func every(step, seconds float64, n func(t float64) float64) []Point {
	var points []Point
	for i := 0; ; i++ {
		t := step * float64(i)
		if t > seconds {
			return points
		}
		points = append(points, Point{T: t, N: n(t)})
	}
}

// The bar: shaped like the source report's series, noise of +-4.
func TestRateOfTheSourceReport(t *testing.T) {
	eight, close2, covered, grows := 0, 0, 0, 0
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 32))
		points := []Point{{0, 6}}
		for m := range 8 {
			points = append(points, Point{T: 60 * float64(m+1), N: 102 + 32*float64(m) + 8*rng.Float64() - 4})
		}
		trend := Fit(points, DefaultThresholds())
		if trend.Warmup == 60 {
			eight++
		}
		if near(trend.Rate, 32, 2) {
			close2++
		}
		if trend.Low <= 32 && 32 <= trend.High {
			covered++
		}
		if trend.Growing {
			grows++
		}
	}
	t.Logf("warm-up of a minute: %d, within 2 of 32: %d, interval covers 32: %d, growing: %d of 100", eight, close2, covered, grows)
	if eight < 90 || close2 < 95 || covered < 90 || grows < 95 {
		t.Errorf("warm-up of a minute: %d (want 90), within 2 of 32: %d (want 95), interval covers 32: %d (want 90), growing: %d (want 95)", eight, close2, covered, grows)
	}
}

// uniform is noise of +-by, in whole goroutines, from a seed of its own.
func uniform(seed uint64, by int) func() float64 {
	rng := rand.New(rand.NewPCG(seed, 99))
	return func() float64 { return float64(rng.IntN(2*by+1) - by) }
}

func TestFit(t *testing.T) {
	floor := func(x float64) float64 { return float64(int(x)) }
	churn := uniform(1, 50)
	small := uniform(2, 4)
	for _, c := range []struct {
		name    string
		points  []Point
		growing bool
		shape   Shape
		rate    float64 // per minute
		within  float64
		warmup  float64 // at least; 0 means exactly none
	}{
		{"flat", every(0.5, 60, func(float64) float64 { return 40 }), false, Flat, 0, 0, 0},
		{"flat with noise", every(0.5, 60, func(float64) float64 { return 100 + small() }), false, Flat, 0, 4, 0},
		{"one every two seconds from the first sample", every(0.5, 60, func(t float64) float64 { return 5 + floor(t/2) }), true, Steady, 30, 1, 0},
		{"five every fifteen seconds", every(0.5, 60, func(t float64) float64 { return 20 + 5*floor((t+7)/15) }), true, Stepped, 20, 6, 0},
		{"five every fifteen seconds among a little churn", every(0.5, 60, func(t float64) float64 { return 50 + 5*floor((t+7)/15) + floor(small()/4) }), true, Stepped, 20, 6, 0},
		{"two a second among churn of 50", every(0.5, 60, func(t float64) float64 { return 300 + 2*t + churn() }), true, Steady, 120, 40, 0},
		{"start-up of ten seconds, then flat", every(0.5, 60, func(t float64) float64 { return min(50, 5*floor(t)) }), false, Flat, 0, 0, 8},
		{"start-up of ten seconds, then a leak", every(0.5, 60, func(t float64) float64 { return min(100, 10*t) + floor(max(0, t-10)) }), true, Steady, 60, 3, 8},
		{"start-up of a minute, then a leak, for ten minutes", every(1, 600, func(t float64) float64 {
			return 6 + 96*min(1, t/60) + floor(32*max(0, t-60)/60) + small()
		}), true, Steady, 32, 1, 45},
		{"in the middle of life", every(1, 600, func(t float64) float64 { return 4000 + floor(t/3) + small() }), true, Steady, 20, 1, 0},
		{"ramp for forty seconds, then flat", every(0.5, 60, func(t float64) float64 { return floor(min(t, 40)) }), false, Plateau, 45, 30, 0},
		{"pool that fills evenly for most of the watch", every(0.5, 60, func(t float64) float64 { return min(75, floor(t*1.5)) }), false, Plateau, 90, 1, 0},
		{"accelerating", every(0.5, 60, func(t float64) float64 { return floor(t * t / 20) }), true, Accelerating, 180, 20, 0},
		{"calm with one spike at the end", every(1, 600, func(t float64) float64 {
			if t > 560 {
				return 100 + 10*(t-560)
			}
			return 100 + small()
		}), false, Flat, 0, 1, 0},
		{"burst", every(0.5, 60, func(t float64) float64 {
			if t > 20 && t < 35 {
				return 210
			}
			return 10
		}), false, Flat, 0, 1, 0},
		{"falling", every(0.5, 60, func(t float64) float64 { return 100 - floor(t) }), false, Flat, -60, 1, 0},
		{"two points", []Point{{0, 1}, {1, 5}}, false, Flat, 240, 0, 0},
		{"four rising points", []Point{{60, 102}, {120, 134}, {180, 166}, {240, 198}}, false, Flat, 32, 1e-9, 0},
		{"the source report's five", []Point{{0, 6}, {60, 102}, {120, 134}, {180, 166}, {240, 198}}, false, Flat, 32, 1e-9, 60},
	} {
		got := Fit(c.points, DefaultThresholds())
		if got.Growing != c.growing || got.Shape != c.shape || !near(got.Rate, c.rate, c.within) ||
			(c.warmup == 0) != (got.Warmup == 0) || got.Warmup < c.warmup {
			t.Errorf("%s: want growing %v, %s, rate %g±%g, warm-up %g; got %+v", c.name, c.growing, c.shape, c.rate, c.within, c.warmup, got)
		}
		if got.Low > got.Rate || got.High < got.Rate || got.LateLow > got.Late || got.LateHigh < got.Late {
			t.Errorf("%s: a slope outside of its own interval: %+v", c.name, got)
		}
	}
}

func TestFitOfNothing(t *testing.T) {
	got := Fit(nil, DefaultThresholds())
	if want := (Trend{P: 1, PAdjusted: 1, Shape: Flat}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// More goroutines at all times change no slope, and the unit of time only scales it.
func TestFitMovesWithItsSeries(t *testing.T) {
	th := DefaultThresholds()
	for seed := range uint64(40) {
		noise := uniform(seed, 6)
		points := every(0.5, 60, func(t float64) float64 { return 50 + t*float64(seed%5) + noise() })
		higher, later := make([]Point, len(points)), make([]Point, len(points))
		for i, p := range points {
			higher[i] = Point{T: p.T, N: p.N + 1024}
			later[i] = Point{T: p.T + 4096, N: p.N}
		}
		a, b, c := Fit(points, th), Fit(higher, th), Fit(later, th)
		b.First, b.Last = b.First-1024, b.Last-1024
		for _, other := range []Trend{b, c} {
			if diff := cmp.Diff(a, other, cmpopts.EquateApprox(1e-6, 1e-9)); diff != "" {
				t.Errorf("seed %d:\n%s", seed, diff)
			}
		}
	}
}

func TestAdjust(t *testing.T) {
	th := DefaultThresholds()
	one := Trend{P: th.Alpha / 2, Growing: true}
	Adjust([]*Trend{&one}, th)
	if !one.Growing || one.PAdjusted != one.P {
		t.Errorf("alone: %+v", one)
	}
	trends := []*Trend{{P: th.Alpha / 2, Growing: true}, {P: th.Alpha / 1000, Growing: true}, {P: 0.5}, {P: 1}}
	Adjust(trends, th)
	if trends[0].Growing || !trends[1].Growing || trends[2].Growing || trends[0].PAdjusted != 3*trends[0].P {
		t.Errorf("among four: %+v %+v", *trends[0], *trends[1])
	}
}

func TestEpochs(t *testing.T) {
	points := every(1, 9, func(t float64) float64 { return t })
	for _, c := range []struct {
		name     string
		restarts []float64
		want     []int
	}{
		{"none", nil, []int{10}},
		{"one, at a point", []float64{4}, []int{4, 6}},
		{"two, not in order", []float64{7.5, 2.5}, []int{3, 5, 2}},
		{"after the last point", []float64{20}, []int{10, 0}},
		{"two between the same points", []float64{4.2, 4.7}, []int{5, 0, 5}},
	} {
		var got []int
		for _, e := range Epochs(points, c.restarts) {
			got = append(got, len(e))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
