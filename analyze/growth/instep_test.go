package growth

import (
	"math/rand/v2"
	"testing"
)

// stairs counts n readings of a count that rises by so many at each.
func stairs(rises ...float64) []Point {
	points := make([]Point, len(rises)+1)
	n := 100.0
	points[0].N = n
	for i, r := range rises {
		n += r
		points[i+1] = Point{T: float64(5 * (i + 1)), N: n}
	}
	return points
}

func times(k float64, rises []float64) []float64 {
	out := make([]float64, len(rises))
	for i, r := range rises {
		out[i] = k * r
	}
	return out
}

func TestInStep(t *testing.T) {
	uneven := []float64{3, 0, 2, 5, 1, 4, 0, 3, 2, 6, 1, 2}
	even := []float64{3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}
	backwards := []float64{2, 1, 6, 2, 3, 0, 4, 1, 5, 2, 0, 3}
	late := []float64{2, 1, 2, 5, 1, 4, 0, 3, 2, 6, 1, 2} // one fell between the two countings, once
	flat := make([]float64, 12)
	once := []float64{40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	slower := []float64{3, 2, 3, 2, 3, 2, 3, 3, 2, 3, 2, 3}
	for name, tt := range map[string]struct {
		a, b []float64
		want Together
	}{
		"one and one":          {uneven, uneven, Together{1, 1, 29, 13, 13}},
		"two and one":          {times(2, uneven), uneven, Together{2, 1, 29, 13, 13}},
		"three and two":        {times(3, uneven), times(2, uneven), Together{3, 2, 29, 13, 13}},
		"four and one":         {times(4, uneven), uneven, Together{4, 1, 29, 13, 13}},
		"one and four":         {uneven, times(4, uneven), Together{1, 4, 29, 13, 13}},
		"evenly":               {times(2, even), even, Together{2, 1, 36, 13, 13}},
		"one came late":        {uneven, late, Together{1, 1, 29, 13, 12}},
		"other moments":        {uneven, backwards, Together{}},
		"a third less":         {even, slower, Together{}},
		"too many each":        {times(7, uneven), uneven, Together{}},
		"one does not grow":    {uneven, flat, Together{}},
		"one shrinks":          {uneven, times(-1, uneven), Together{}},
		"all at one moment":    {once, once, Together{}},
		"too seldom":           {uneven[:4], uneven[:4], Together{}},
		"too few":              {[]float64{1, 1, 0, 1, 1, 1, 1, 1, 1, 1}, []float64{1, 1, 0, 1, 1, 1, 1, 1, 1, 1}, Together{}},
		"not the same moments": {uneven, uneven[:11], Together{}},
		"nothing":              {nil, nil, Together{}},
	} {
		got, ok := InStep(stairs(tt.a...), stairs(tt.b...))
		if got != tt.want || ok != (tt.want != Together{}) {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, ok, tt.want)
		}
	}
}

// Healthy descriptors that come and go beside blur the numbers, not the moments.
func TestInStepBesideOthers(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	a, b := make([]Point, 60), make([]Point, 60)
	n := 0.0
	for i := range a {
		n += float64(rng.IntN(7))
		a[i] = Point{T: float64(5 * i), N: 2 * n}
		b[i] = Point{T: float64(5 * i), N: n + float64(rng.IntN(3))}
	}
	got, ok := InStep(a, b)
	if !ok || got.A != 2 || got.B != 1 || got.Matched > 50 {
		t.Errorf("%+v, %v", got, ok)
	}
}

// Whatever independent counts do, they are not in step. The figures for many
// more are in docs/judgement.md.
func TestInStepIsQuietOnChance(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	said := 0
	for range 2000 {
		a, b := make([]Point, 40), make([]Point, 40)
		var x, y float64
		for i := range a {
			x += float64(rng.IntN(4))
			y += float64(rng.IntN(4))
			a[i], b[i] = Point{T: float64(i), N: x}, Point{T: float64(i), N: y}
		}
		if _, ok := InStep(a, b); ok {
			said++
		}
	}
	if said > 0 {
		t.Errorf("%d of 2000 pairs of random stairs are said to be in step", said)
	}
}
