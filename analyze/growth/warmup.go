package growth

import "math"

// warmupBins is how finely the end of a start-up is looked for: a fortieth of the watch.
const warmupBins = 40

// warmup returns after how many seconds a start-up climb is over: it lies far
// below the line of what follows and is much steeper. The line is extended backwards from
// the second part of the watch, point by point, and fitted anew with each, until all
// that is left lies below it. A watch that begins in the middle of a life, and
// a leak that begins at once, are reached to their first point.
func warmup(points []Point, th Thresholds) float64 {
	bins := bin(points, warmupBins)
	n := len(bins)
	limit := min(int(th.WarmupShare*float64(n)), n-3)
	for end := limit; end > 0; end-- {
		rest := bins[end:]
		slope := Quick(rest)
		line := lineThrough(rest, slope)
		// Few points agree with their own line by chance: more is asked of them.
		few := 1 + 2/float64(len(rest)-2)
		if !allBelow(bins[:end], line, th.WarmupNoise*few*residualNoise(rest, line)) {
			continue
		}
		climb := (bins[end].N - bins[0].N) / (bins[end].T - bins[0].T) * perMinute
		if climb > 0 && climb >= th.WarmupSteeper*slope {
			return bins[end].T - bins[0].T
		}
	}
	return 0
}

func allBelow(points []Point, line func(t float64) float64, by float64) bool {
	for _, p := range points {
		if p.N >= line(p.T)-by {
			return false
		}
	}
	return true
}

// lineThrough is the line of a slope per minute through the middle of the points.
func lineThrough(points []Point, slope float64) func(t float64) float64 {
	slope /= perMinute
	rest := make([]float64, len(points))
	for i, p := range points {
		rest[i] = p.N - slope*p.T
	}
	base := median(rest)
	return func(t float64) float64 { return base + slope*t }
}

// residualNoise is a standard deviation around a line, by the median absolute
// deviation; at least half a goroutine, the error of a count.
func residualNoise(points []Point, line func(t float64) float64) float64 {
	off := make([]float64, len(points))
	for i, p := range points {
		off[i] = math.Abs(p.N - line(p.T))
	}
	return max(0.5, 1.4826*median(off))
}
