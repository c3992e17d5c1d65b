package main

import (
	"math"
	"math/rand/v2"
	"sort"

	"github.com/logcap/logcap/analyze/growth"
)

// life is one goroutine of a site, from birth to death in seconds of the watch.
type life struct{ born, died float64 }

// ever is a death that no watch sees.
const ever = math.MaxFloat64

// service is a kind of site: it draws its own rates and lifetimes from rng and
// returns all the goroutines it has in a watch of the given seconds.
type service struct {
	name  string
	leaks bool
	lives func(rng *rand.Rand, seconds float64) []life
}

// services are the kinds simulated, healthy ones first.
func services() []service {
	return []service{
		{"steady load, random lives 2 s - 1 min", false, func(r *rand.Rand, w float64) []life {
			mean := between(r, 2, 60)
			return arrivals(r, -8*mean, w, level(between(r, 5, 200)/mean), random(mean))
		}},
		{"steady load, random lives 1 - 10 min", false, func(r *rand.Rand, w float64) []life {
			mean := between(r, 60, 600)
			return arrivals(r, -8*mean, w, level(between(r, 5, 200)/mean), random(mean))
		}},
		{"steady load, fixed lives 2 s - 10 min", false, func(r *rand.Rand, w float64) []life {
			l := between(r, 2, 600)
			return arrivals(r, -l, w, level(between(r, 5, 200)/l), fixed(l))
		}},
		{"steady load, heavy-tailed lives", false, func(r *rand.Rand, w float64) []life {
			return arrivals(r, -1000, w, level(between(r, 1, 10)), pareto(0.5, 1.5))
		}},
		{"load begins with the watch, lives 1 - 15 s", false, func(r *rand.Rand, w float64) []life {
			mean := between(r, 1, 15)
			return arrivals(r, 0, w, level(between(r, 20, 200)/mean), random(mean))
		}},
		{"load ramps up for half the watch, lives 1 - 15 s", false, func(r *rand.Rand, w float64) []life {
			mean := between(r, 1, 15)
			top := between(r, 20, 200) / mean
			return arrivals(r, 0, w, func(t float64) float64 { return top * min(1, 2*t/w) }, random(mean))
		}},
		{"load ramps up for the whole watch, lives 1 - 15 s", false, func(r *rand.Rand, w float64) []life {
			mean := between(r, 1, 15)
			top := between(r, 20, 200) / mean
			return arrivals(r, -5*mean, w, func(t float64) float64 { return top * (0.2 + 0.8*max(0, t)/w) }, random(mean))
		}},
		{"load of the day, period 2 - 10 watches", false, func(r *rand.Rand, w float64) []life {
			mean, period, phase := between(r, 1, 20), w*between(r, 2, 10), r.Float64()
			top := between(r, 20, 200) / mean
			return arrivals(r, -8*mean, w, func(t float64) float64 {
				return top * (1 + 0.8*math.Sin(2*math.Pi*(t/period+phase))) / 1.8
			}, random(mean))
		}},
		{"sawtooth, period 10 - 40 s", false, func(r *rand.Rand, w float64) []life {
			period, rate, offset := between(r, 10, 40), between(r, 0.5, 10), r.Float64()
			return arrivals(r, -period, w, level(rate), func(_ *rand.Rand, born float64) float64 {
				return (math.Floor(born/period+offset)+1-offset)*period - born
			})
		}},
		{"bursts of 20 - 200 for 1 - 10 s", false, func(r *rand.Rand, w float64) []life {
			lives := constant(10)
			for t := r.ExpFloat64() * 15; t < w; t += r.ExpFloat64() * 15 {
				end := t + between(r, 1, 10)
				for range int(between(r, 20, 200)) {
					lives = append(lives, life{t, end})
				}
			}
			return lives
		}},
		{"random walk around 100", false, func(r *rand.Rand, w float64) []life { return walk(r, w, 100, between(r, 0.5, 20)) }},
		{"pool filling on demand", false, func(r *rand.Rand, w float64) []life {
			size, tau := between(r, 8, 200), w*between(r, 0.05, 0.2)
			lives := constant(2)
			for range int(size) {
				lives = append(lives, life{r.ExpFloat64() * tau, ever})
			}
			return lives
		}},
		{"pool filling evenly for 20 - 85 % of the watch", false, func(r *rand.Rand, w float64) []life {
			var lives []life
			for range int(between(r, 8, 200)) {
				lives = append(lives, life{r.Float64(), ever})
			}
			end := w * (0.2 + 0.65*r.Float64())
			for i := range lives {
				lives[i].born *= end
			}
			return lives
		}},
		{"start-up of 10 s", false, func(r *rand.Rand, _ float64) []life {
			var lives []life
			for range int(between(r, 10, 200)) {
				lives = append(lives, life{10 * r.Float64(), ever})
			}
			return lives
		}},
		{"ramp of ten-minute sessions", false, func(r *rand.Rand, w float64) []life {
			return arrivals(r, 0, w, level(between(r, 0.2, 3)), random(600))
		}},
		{"steady leak, 10 - 200 a minute", true, func(r *rand.Rand, w float64) []life {
			return append(constant(5), arrivals(r, -30, w, level(between(r, 10, 200)/60), lasting)...)
		}},
		{"slow leak, 4 - 10 a minute", true, func(r *rand.Rand, w float64) []life {
			return append(constant(5), arrivals(r, -30, w, level(between(r, 4, 10)/60), lasting)...)
		}},
		{"batches of 3 - 20 every 5 - 15 s", true, func(r *rand.Rand, w float64) []life {
			lives := constant(5)
			n, period := int(between(r, 3, 20)), between(r, 5, 15)
			for t := -30 + period*r.Float64(); t < w; t += period {
				for range n {
					lives = append(lives, life{t, ever})
				}
			}
			return lives
		}},
		{"one in three leaks, others live 1 - 5 s", true, func(r *rand.Rand, w float64) []life {
			mean := between(r, 1, 5)
			return arrivals(r, -30, w, level(between(r, 1, 10)), func(r *rand.Rand, _ float64) float64 {
				if r.IntN(3) == 0 {
					return ever
				}
				return r.ExpFloat64() * mean
			})
		}},
		{"leak among churn of +-50", true, func(r *rand.Rand, w float64) []life {
			mean := between(r, 0.5, 3)
			churn := arrivals(r, -8*mean, w, level(600/mean), random(mean))
			return append(churn, arrivals(r, -30, w, level(between(r, 1, 4)), lasting)...)
		}},
		{"start-up of 10 s, then a leak", true, func(r *rand.Rand, w float64) []life {
			lives := arrivals(r, 0, w, level(between(r, 20, 200)/60), lasting)
			for range int(between(r, 10, 200)) {
				lives = append(lives, life{10 * r.Float64(), ever})
			}
			return lives
		}},
		{"leak that begins at a third", true, func(r *rand.Rand, w float64) []life {
			return append(constant(20), arrivals(r, w/3, w, level(between(r, 20, 200)/60), lasting)...)
		}},
	}
}

// between draws from a to b, evenly on a logarithmic scale.
func between(r *rand.Rand, a, b float64) float64 { return a * math.Pow(b/a, r.Float64()) }

func level(rate float64) func(float64) float64 { return func(float64) float64 { return rate } }

func random(mean float64) func(*rand.Rand, float64) float64 {
	return func(r *rand.Rand, _ float64) float64 { return r.ExpFloat64() * mean }
}

func fixed(l float64) func(*rand.Rand, float64) float64 {
	return func(*rand.Rand, float64) float64 { return l }
}

func pareto(least, alpha float64) func(*rand.Rand, float64) float64 {
	return func(r *rand.Rand, _ float64) float64 { return least * math.Pow(1-r.Float64(), -1/alpha) }
}

func lasting(*rand.Rand, float64) float64 { return ever }

func constant(n int) []life {
	lives := make([]life, n)
	for i := range lives {
		lives[i] = life{-1e6, ever}
	}
	return lives
}

// arrivals is a Poisson process of births with a rate per second that may
// change with time, by thinning the highest of it (Lewis & Shedler 1979).
func arrivals(r *rand.Rand, from, to float64, rate func(t float64) float64, lasts func(r *rand.Rand, born float64) float64) []life {
	var top float64
	for i := range 101 {
		top = max(top, rate(from+(to-from)*float64(i)/100))
	}
	var lives []life
	for t := from; ; {
		t += r.ExpFloat64() / top
		if t >= to {
			return lives
		}
		if r.Float64()*top > rate(t) {
			continue
		}
		if end := t + lasts(r, t); end > 0 {
			lives = append(lives, life{t, end})
		}
	}
}

// walk is a population in which births and deaths are equally likely, and any may be the one to die.
func walk(r *rand.Rand, seconds float64, n int, rate float64) []life {
	lives := constant(n)
	living := make([]int, n)
	for i := range living {
		living[i] = i
	}
	for t := r.ExpFloat64() / rate; t < seconds; t += r.ExpFloat64() / rate {
		if r.IntN(2) == 0 || len(living) == 0 {
			living = append(living, len(lives))
			lives = append(lives, life{t, ever})
			continue
		}
		k := r.IntN(len(living))
		lives[living[k]].died = t
		living[k] = living[len(living)-1]
		living = living[:len(living)-1]
	}
	return lives
}

// sample counts the living every step seconds.
func sample(lives []life, step, seconds float64) []growth.Point {
	born := make([]float64, len(lives))
	died := make([]float64, len(lives))
	for i, l := range lives {
		born[i], died[i] = l.born, l.died
	}
	sort.Float64s(born)
	sort.Float64s(died)
	var points []growth.Point
	for i := 0; float64(i)*step <= seconds; i++ {
		t := float64(i) * step
		after := func(times []float64) int { return sort.Search(len(times), func(j int) bool { return times[j] > t }) }
		points = append(points, growth.Point{T: t, N: float64(after(born) - after(died))})
	}
	return points
}

// dump lists the living at the given times, with ids in order of birth.
func dump(lives []life, times []float64) []growth.Seen {
	sort.SliceStable(lives, func(i, j int) bool { return lives[i].born < lives[j].born })
	dumps := make([]growth.Seen, len(times))
	for k, t := range times {
		dumps[k].T = t
		for i, l := range lives {
			if l.born <= t && t < l.died {
				dumps[k].IDs = append(dumps[k].IDs, uint64(i+1))
			}
		}
	}
	return dumps
}
