package growth

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// life is a goroutine from its birth to its death, in seconds.
type life struct{ born, died float64 }

// dumpsOf takes dumps every step seconds of goroutines whose ids rise with their birth.
func dumpsOf(lives []life, step, seconds float64) []Seen {
	slices.SortStableFunc(lives, func(a, b life) int {
		if a.born < b.born {
			return -1
		}
		return 1
	})
	var dumps []Seen
	for t := 0.0; t <= seconds; t += step {
		d := Seen{T: t}
		for i, l := range lives {
			if l.born <= t && t < l.died {
				d.IDs = append(d.IDs, uint64(i))
			}
		}
		dumps = append(dumps, d)
	}
	return dumps
}

func TestCohorts(t *testing.T) {
	const ever = 1e9
	for _, c := range []struct {
		name   string
		dumps  []Seen
		window float64
		cohort Cohort
		want   Survival
	}{
		{"no dumps", nil, 60, Cohort{}, Survival{Age: 15}},
		{"one dump", []Seen{{0, []uint64{1, 2}}}, 60, Cohort{}, Survival{Dumps: 1, Age: 15}},
		{"a pair that stays, one born, one gone", []Seen{{0, []uint64{1, 2, 5}}, {30, []uint64{1, 2, 7}}, {60, []uint64{1, 2, 7}}}, 60,
			Cohort{Born: 1, Died: 1, Survivors: 1, OldestSeconds: 60},
			// Of 7 nobody knows how old it was at 30.
			Survival{Dumps: 3, Age: 15, Exposed: 2, Followed: 60, DeathRate: 60 * 2.9957 / 60, MeanLifeExcluded: 60 / 2.9957, Old: []Point{{30, 2}, {60, 3}}}},
		{"nobody at first: born at 15 by estimate", []Seen{{0, nil}, {30, []uint64{1, 2}}, {60, []uint64{1, 2, 3}}}, 60,
			Cohort{Born: 3, Survivors: 3, OldestSeconds: 30},
			Survival{Dumps: 3, Age: 15, Exposed: 2, Followed: 60, DeathRate: 60 * 2.9957 / 60, MeanLifeExcluded: 60 / 2.9957, Old: []Point{{30, 2}, {60, 3}}}},
		{"an old one dies", []Seen{{0, []uint64{1}}, {30, []uint64{1}}, {60, nil}}, 60,
			Cohort{Died: 1},
			Survival{Dumps: 3, Age: 15, Exposed: 1, Died: 1, Followed: 15, DeathRate: 60 * 4.7439 / 15, MeanLifeExcluded: 15 / 4.7439, Old: []Point{{30, 1}, {60, 0}}}},
		{"steady leak of one a second", dumpsOf(func() (l []life) {
			for i := range 60 {
				l = append(l, life{float64(i) + 0.5, ever})
			}
			return l
		}(), 5, 60), 60,
			Cohort{Born: 60, Survivors: 60, OldestSeconds: 55},
			// Born by 37.5, that is by the dump at 40: old at 55 at the latest.
			Survival{Dumps: 13, Age: 15, Exposed: 40, Followed: 900, DeathRate: 60 * 2.9957 / 900, MeanLifeExcluded: 900 / 2.9957,
				Old: []Point{{15, 0}, {20, 5}, {25, 10}, {30, 15}, {35, 20}, {40, 25}, {45, 30}, {50, 35}, {55, 40}, {60, 45}}}},
	} {
		cohort, got := Cohorts(c.dumps, c.window)
		if diff := cmp.Diff(c.cohort, cohort); diff != "" {
			t.Errorf("%s: cohort (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.want, got, cmpopts.EquateApprox(1e-4, 0), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: survival (-want +got):\n%s", c.name, diff)
		}
	}
}

// Whatever the dumps hold, the sums are those of sets.
func TestCohortsCountAsSets(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		var lives []life
		for range rng.IntN(80) {
			born := rng.Float64()*80 - 20
			lives = append(lives, life{born, born + rng.ExpFloat64()*30})
		}
		dumps := dumpsOf(lives, 1+float64(rng.IntN(20)), 60)
		c, s := Cohorts(dumps, 60)
		ever := map[uint64]bool{}
		for _, d := range dumps {
			for _, id := range d.IDs {
				ever[id] = true
			}
		}
		first, last := dumps[0].IDs, dumps[len(dumps)-1].IDs
		if c.Born != len(ever)-len(first) || c.Died != len(ever)-len(last) || c.Survivors > c.Born || s.Died > s.Exposed || s.Died > c.Died {
			t.Fatalf("of %d ever, %d at first, %d at last: %+v %+v", len(ever), len(first), len(last), c, s)
		}
	}
}

// The values are those of a table of exact Poisson limits (one-sided 95 %).
func TestPoissonHigh(t *testing.T) {
	for n, want := range map[int]float64{0: 2.9957, 1: 4.7439, 2: 6.2958, 5: 10.5130, 10: 16.9622, 50: 63.287, 100: 118.079, 101: 119.161} {
		if got := poissonHigh(n); !near(got, want, 0.002) {
			t.Errorf("%d: %.4f, want %.4f", n, got, want)
		}
	}
}

func TestStay(t *testing.T) {
	th := DefaultThresholds()
	for _, c := range []struct {
		exposed, died int
		want          bool
	}{{0, 0, false}, {2, 0, false}, {3, 0, true}, {3, 1, false}, {10, 1, true}, {10, 2, false}, {10, 10, false}} {
		if got := (Survival{Exposed: c.exposed, Died: c.died}).Stay(th); got != c.want {
			t.Errorf("%d of %d died: stay %v", c.died, c.exposed, got)
		}
	}
}

// A leak of one a second hidden among 600 that live two seconds each: the count
// wavers by fifty, the old only grow.
func TestAgreeSeesWhatChurnHides(t *testing.T) {
	const ever = 1e9
	th := DefaultThresholds()
	rng := rand.New(rand.NewPCG(11, 12))
	var churn, leak []life
	for born := -20.0; born < 60; born += rng.ExpFloat64() / 300 {
		churn = append(churn, life{born, born + rng.ExpFloat64()*2})
	}
	for i := range 60 {
		leak = append(leak, life{float64(i) + 0.3, ever})
	}
	pool := make([]life, 0, 60)
	for i := range 60 {
		pool = append(pool, life{float64(i) / 6, ever})
	}
	for _, c := range []struct {
		name  string
		lives []life
		want  bool
	}{
		{"leak", leak, true},
		{"churn", churn, false},
		{"leak among churn", slices.Concat(leak, churn), true},
		{"pool filled in ten seconds", pool, false},
	} {
		dumps := dumpsOf(c.lives, 5, 60)
		points := every(0.5, 60, func(at float64) (n float64) {
			for _, l := range c.lives {
				if l.born <= at && at < l.died {
					n++
				}
			}
			return n
		})
		cohort, s := Cohorts(dumps, 60)
		if got := Agree(Fit(points, th), Fit(s.Old, th), cohort, s, th); got != c.want {
			t.Errorf("%s: agree %v: %+v %+v", c.name, got, cohort, s)
		}
	}
}

// A true mean life is excluded in no more than 5 of a hundred watches; 8 of
// them allows for three deviations of the count over 400.
func TestMeanLifeExcludedHolds(t *testing.T) {
	for _, mean := range []float64{20, 60, 300} {
		wrong := 0
		for seed := range uint64(400) {
			rng := rand.New(rand.NewPCG(seed, 77))
			var lives []life
			for born := -5 * mean; born < 60; born += rng.ExpFloat64() * mean / 40 {
				lives = append(lives, life{born, born + rng.ExpFloat64()*mean})
			}
			if _, s := Cohorts(dumpsOf(lives, 5, 60), 60); s.MeanLifeExcluded > mean {
				wrong++
			}
		}
		if wrong > 32 {
			t.Errorf("mean life of %g s excluded in %d of 400 watches", mean, wrong)
		}
	}
}
