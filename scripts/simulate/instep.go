package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/logcap/logcap/analyze/growth"
)

// pair draws when goroutines and when descriptors are made, in seconds, for a
// watch of so many seconds, and how many of each at a time. Real ones come in
// step; of the others InStep must not say so.
type pair struct {
	name string
	real bool
	draw func(rng *rand.Rand, seconds float64) two
}

// two is a pair drawn: the times, and how many descriptors of healthy use come
// and go beside them.
type two struct {
	a, b       []float64
	eachA      int
	eachB      int
	idle, life float64 // healthy descriptors: how many on average, and for how long each
}

func pairs() []pair {
	return []pair{
		{"in step, at random moments", true, func(rng *rand.Rand, s float64) two { return together(poisson(rng, s, rate(rng)), rng) }},
		{"in step, on a ticker", true, func(rng *rand.Rand, s float64) two { return together(ticker(rng, s, period(rng)), rng) }},
		{"in step, two healthy descriptors beside", true, func(rng *rand.Rand, s float64) two {
			t := together(poisson(rng, s, rate(rng)), rng)
			t.idle, t.life = 2, 3
			return t
		}},
		{"both at random, one rate", false, func(rng *rand.Rand, s float64) two {
			r := rate(rng)
			return apart(poisson(rng, s, r), poisson(rng, s, r), rng)
		}},
		{"both at random, rates of their own", false, func(rng *rand.Rand, s float64) two {
			return apart(poisson(rng, s, rate(rng)), poisson(rng, s, rate(rng)), rng)
		}},
		{"tickers of periods of their own", false, func(rng *rand.Rand, s float64) two {
			return apart(ticker(rng, s, period(rng)), ticker(rng, s, period(rng)), rng)
		}},
		{"tickers whose periods differ by up to a tenth", false, func(rng *rand.Rand, s float64) two {
			p := period(rng)
			return apart(ticker(rng, s, p), ticker(rng, s, p*(0.9+0.2*rng.Float64())), rng)
		}},
		{"tickers of one period, not at once", false, func(rng *rand.Rand, s float64) two {
			p := period(rng)
			return apart(ticker(rng, s, p), ticker(rng, s, p), rng)
		}},
		{"one load with its ups and downs, each on its own", false, func(rng *rand.Rand, s float64) two {
			r, l := rate(rng), load(rng, s)
			return apart(thinnedBy(rng, poisson(rng, s, 3*r), l), thinnedBy(rng, poisson(rng, s, 3*r), l), rng)
		}},
		{"one stream of requests, each leaves either half the time", false, func(rng *rand.Rand, s float64) two {
			requests := poisson(rng, s, 2*rate(rng))
			half := func(float64) float64 { return 0.5 }
			return apart(thinnedBy(rng, requests, half), thinnedBy(rng, requests, half), rng)
		}},
		{"goroutines at random, descriptors come and go", false, func(rng *rand.Rand, s float64) two {
			return two{a: poisson(rng, s, rate(rng)), eachA: 1, eachB: 1, idle: 5 + 20*rng.Float64(), life: 5 + 60*rng.Float64()}
		}},
	}
}

// rate is times a second: 10 to 120 a minute.
func rate(rng *rand.Rand) float64 { return math.Exp(math.Log(10)+rng.Float64()*math.Log(12)) / 60 }

// period is 0.5 to 6 seconds.
func period(rng *rand.Rand) float64 { return 1 / rate(rng) }

func together(times []float64, rng *rand.Rand) two {
	each := [][2]int{{1, 1}, {2, 1}, {3, 1}, {1, 2}}[rng.IntN(4)]
	return two{a: times, b: times, eachA: each[0], eachB: each[1]}
}

func apart(a, b []float64, rng *rand.Rand) two {
	t := together(nil, rng)
	t.a, t.b = a, b
	return t
}

func poisson(rng *rand.Rand, seconds, rate float64) (times []float64) {
	for t := rng.ExpFloat64() / rate; t < seconds; t += rng.ExpFloat64() / rate {
		times = append(times, t)
	}
	return times
}

func ticker(rng *rand.Rand, seconds, period float64) (times []float64) {
	for t := period * rng.Float64(); t < seconds; t += period {
		times = append(times, t)
	}
	return times
}

// load is a share between 0 and 1 that changes every 20 seconds.
func load(rng *rand.Rand, seconds float64) func(float64) float64 {
	levels := make([]float64, int(seconds/20)+1)
	for i := range levels {
		levels[i] = rng.Float64()
	}
	return func(t float64) float64 { return levels[int(t/20)] }
}

func thinnedBy(rng *rand.Rand, times []float64, share func(float64) float64) (kept []float64) {
	for _, t := range times {
		if rng.Float64() < share(t) {
			kept = append(kept, t)
		}
	}
	return kept
}

// readings counts both: goroutines at every tick of a second, descriptors every
// so many seconds and up to 50 ms after the tick they are compared with. A
// descriptor is there 2 ms after its goroutines.
func (t two) readings(rng *rand.Rand, seconds, every float64) (a, b []growth.Point) {
	healthy := t.healthy(rng, seconds)
	for at := 0.0; at <= seconds; at += every {
		late := at + 0.05*rng.Float64()
		n := t.eachB * before(t.b, late-0.002)
		for _, h := range healthy {
			if h[0] <= late && late < h[1] {
				n++
			}
		}
		a = append(a, growth.Point{T: at, N: float64(t.eachA * before(t.a, at))})
		b = append(b, growth.Point{T: at, N: float64(n)})
	}
	return a, b
}

func (t two) healthy(rng *rand.Rand, seconds float64) (spans [][2]float64) {
	if t.idle == 0 {
		return nil
	}
	for _, at := range poisson(rng, seconds+t.life*3, t.idle/t.life) {
		at -= t.life * 3
		spans = append(spans, [2]float64{at, at + t.life*rng.ExpFloat64()})
	}
	return spans
}

// before counts sorted times up to at.
func before(times []float64, at float64) int {
	n, _ := slices.BinarySearch(times, at)
	return n
}

// printInStep prints how often pairs are said to grow in step, with the right
// numbers where they do.
func printInStep(out io.Writer, runs int) {
	fmt.Fprintf(out, "10 to 120 times a minute, %d seeds; said to be in step (with the right numbers), in percent\n\n", runs)
	fmt.Fprintf(out, "%-58s", "pair")
	looks := []struct{ seconds, every float64 }{{60, 5}, {60, 2}, {300, 5}, {1800, 5}}
	for _, l := range looks {
		fmt.Fprintf(out, "  %14s", fmt.Sprintf("%.0f s at %.0f s", l.seconds, l.every))
	}
	fmt.Fprintln(out)
	for _, p := range pairs() {
		fmt.Fprintf(out, "%-58s", p.name)
		for _, l := range looks {
			said, right := 0, 0
			for seed := range uint64(runs) {
				rng := rand.New(rand.NewPCG(seed, 41))
				drawn := p.draw(rng, l.seconds)
				a, b := drawn.readings(rng, l.seconds, l.every)
				if got, ok := growth.InStep(a, b); ok {
					said++
					if got.A == drawn.eachA && got.B == drawn.eachB {
						right++
					}
				}
			}
			percent := func(n int) float64 { return 100 * float64(n) / float64(runs) }
			cell := fmt.Sprintf("%.2f", percent(said))
			if p.real {
				cell = fmt.Sprintf("%.1f (%.1f)", percent(said), percent(right))
			}
			fmt.Fprintf(out, "  %14s", cell)
		}
		fmt.Fprintln(out)
	}
}
