package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"text/tabwriter"

	"github.com/logcap/logcap/analyze/growth"
)

// watched is what a rule is given: the series and the dumps of one site.
type watched struct {
	points []growth.Point
	dumps  []growth.Seen // every five seconds
	three  []growth.Seen // first, middle and last
	window float64
}

// rule says whether it would report a site.
type rule struct {
	name string
	says func(watched) bool
}

// watch is how long and how often.
type watch struct{ seconds, step float64 }

func watches() []watch { return []watch{{60, 0.5}, {120, 0.5}, {600, 1}} }

// rules are those that a reader would think of, and then ours.
func rules() []rule {
	th := growth.DefaultThresholds()
	return []rule{
		{"rose", func(w watched) bool { return w.points[len(w.points)-1].N > w.points[0].N }},
		{"MK", func(w watched) bool {
			_, p := growth.MannKendall(counts(w.points))
			return p <= th.Alpha
		}},
		{"Fit", fitRule(th)},
		{"cohort", stayRule(th)},
		{"Fit+cohort", both(fitRule(th), stayRule(th))},
		{"Agree", agreeRule(th)},
		{"Agree, 3 dumps", func(w watched) bool {
			w.dumps = w.three
			return agreeRule(th)(w)
		}},
	}
}

// sweepRules are ours with one threshold changed at a time.
func sweepRules() []rule {
	var all []rule
	fit := func(name string, change func(*growth.Thresholds)) {
		th := growth.DefaultThresholds()
		change(&th)
		all = append(all, rule{name, fitRule(th)})
	}
	fit("Fit", func(*growth.Thresholds) {})
	for _, n := range []int{8, 20, 40} {
		fit(fmt.Sprintf("%d blocks", n), func(th *growth.Thresholds) { th.Blocks = n })
	}
	for _, a := range []float64{0.05, 0.001} {
		fit(fmt.Sprintf("alpha %g", a), func(th *growth.Thresholds) { th.Alpha = a })
	}
	for _, a := range []float64{0.01, 0.1, 0.2} {
		fit(fmt.Sprintf("late %g", a), func(th *growth.Thresholds) { th.LateAlpha = a })
	}
	for _, share := range []float64{0.3, 0.5, 0.6} {
		fit(fmt.Sprintf("share %g", share), func(th *growth.Thresholds) { th.LateShare = share })
	}
	for _, share := range []float64{0.05, 0.1, 0.2, 0.3, 0.5} {
		th := growth.DefaultThresholds()
		th.MaxDeathShare = share
		all = append(all, rule{fmt.Sprintf("died<=%g", share), agreeRule(th)})
		all = append(all, rule{fmt.Sprintf("3d<=%g", share), both(fitRule(th), func(w watched) bool { return stays(w.three, w.window, th) })})
	}
	return all
}

func fitRule(th growth.Thresholds) func(watched) bool {
	return func(w watched) bool { return growth.Fit(w.points, th).Growing }
}

// agreeRule is the whole judgement of trend and cohort.
func agreeRule(th growth.Thresholds) func(watched) bool {
	return func(w watched) bool {
		c, s := growth.Cohorts(w.dumps, w.window)
		return growth.Agree(growth.Fit(w.points, th), growth.Fit(s.Old, th), c, s, th)
	}
}

func stayRule(th growth.Thresholds) func(watched) bool {
	return func(w watched) bool { return stays(w.dumps, w.window, th) }
}

func stays(dumps []growth.Seen, window float64, th growth.Thresholds) bool {
	_, s := growth.Cohorts(dumps, window)
	return s.Stay(th)
}

func both(a, b func(watched) bool) func(watched) bool {
	return func(w watched) bool { return a(w) && b(w) }
}

func counts(points []growth.Point) []float64 {
	xs := make([]float64, len(points))
	for i, p := range points {
		xs[i] = p.N
	}
	return xs
}

// observe watches one run of a service.
func observe(s service, w watch, seed uint64) watched {
	lives := s.lives(rand.New(rand.NewPCG(seed, 1)), w.seconds)
	var times []float64
	for t := 0.0; t <= w.seconds; t += 5 {
		times = append(times, t)
	}
	return watched{
		points: sample(lives, w.step, w.seconds),
		dumps:  dump(lives, times),
		three:  dump(lives, []float64{0, w.seconds / 2, w.seconds}),
		window: w.seconds,
	}
}

// printTables prints, for each watch, how many per cent of the runs of each service each rule reports.
func printTables(out io.Writer, runs int, only string, watches []watch, rules []rule) {
	for _, w := range watches {
		fmt.Fprintf(out, "Watch of %g s at %g s, %d runs each: reported, in per cent\n\n", w.seconds, w.step, runs)
		tab := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		for _, r := range rules {
			fmt.Fprintf(tab, "%s\t", r.name)
		}
		fmt.Fprintln(tab, " ")
		sums := map[bool][]int{false: make([]int, len(rules)), true: make([]int, len(rules))}
		kinds := map[bool]int{}
		for _, s := range services() {
			if !strings.Contains(s.name, only) {
				continue
			}
			said := make([]int, len(rules))
			for seed := range runs {
				seen := observe(s, w, uint64(seed))
				for i, r := range rules {
					if r.says(seen) {
						said[i]++
						sums[s.leaks][i]++
					}
				}
			}
			kinds[s.leaks]++
			printRow(tab, s.name, said, runs)
		}
		printRow(tab, "HEALTHY", sums[false], runs*kinds[false])
		printRow(tab, "LEAKING", sums[true], runs*kinds[true])
		tab.Flush()
		fmt.Fprintln(out)
	}
}

func printRow(out io.Writer, name string, said []int, of int) {
	for _, n := range said {
		fmt.Fprintf(out, "%.1f\t", 100*float64(n)/float64(max(1, of)))
	}
	fmt.Fprintf(out, "  %s\n", name)
}
