package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"github.com/logcap/logcap/analyze/growth"
)

// printRate fits series shaped like the source report's: 6 at the start, 102
// after a minute, then 32 a minute, a sample each minute, noise of +-4.
func printRate(out io.Writer, runs int) {
	fmt.Fprintf(out, "6, then 102 after a minute, then 32 a minute, noise of +-4; %d seeds\n\n", runs)
	fmt.Fprintln(out, "samples after warm-up  warm-up found  within 2 of 32  interval covers 32  mean width  growing")
	for _, n := range []int{4, 5, 8, 15, 30, 60} {
		var found, close2, covers, growing int
		var width float64
		for seed := range uint64(runs) {
			rng := rand.New(rand.NewPCG(seed, 32))
			points := []growth.Point{{T: 0, N: 6}}
			for m := range n {
				points = append(points, growth.Point{T: 60 * float64(m+1), N: 102 + 32*float64(m) + 8*rng.Float64() - 4})
			}
			t := growth.Fit(points, growth.DefaultThresholds())
			found += count(t.Warmup == 60)
			close2 += count(math.Abs(t.Rate-32) <= 2)
			covers += count(t.Low <= 32 && 32 <= t.High)
			growing += count(t.Growing)
			width += t.High - t.Low
		}
		of := func(k int) float64 { return 100 * float64(k) / float64(runs) }
		fmt.Fprintf(out, "%21d  %12.1f%%  %13.1f%%  %17.1f%%  %10.2f  %6.1f%%\n", n, of(found), of(close2), of(covers), width/float64(runs), of(growing))
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
