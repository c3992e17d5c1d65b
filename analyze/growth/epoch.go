package growth

import (
	"slices"
	"sort"
)

// Epochs cuts a series where a new process began to answer. Restarts are
// seconds since the watch began; a point at the very time of a restart belongs
// to the new process. There is an epoch for each process, also when no point
// fell into it, so that the last one is always that of the process now running.
func Epochs(points []Point, restarts []float64) [][]Point {
	restarts = slices.Sorted(slices.Values(restarts))
	epochs := make([][]Point, 0, len(restarts)+1)
	for _, at := range restarts {
		n := sort.Search(len(points), func(i int) bool { return points[i].T >= at })
		epochs = append(epochs, points[:n:n])
		points = points[n:]
	}
	return append(epochs, points)
}

// bin reduces points, sorted by time, to the medians of at most n equal
// stretches of time. Stretches without a point are left out, so that a gap in
// the watch is a gap and not a value. Up to n points are returned as they are.
func bin(points []Point, n int) []Point {
	if len(points) <= n || n < 1 {
		return points
	}
	start := points[0].T
	width := (points[len(points)-1].T - start) / float64(n)
	if width <= 0 {
		return []Point{{T: start, N: medianN(points)}}
	}
	bins := make([]Point, 0, n)
	for from, i := 0, 0; i < n && from < len(points); i++ {
		to := len(points)
		if i < n-1 {
			end := start + width*float64(i+1)
			to = from + sort.Search(len(points)-from, func(j int) bool { return points[from+j].T >= end })
		}
		if to > from {
			part := points[from:to]
			bins = append(bins, Point{T: (part[0].T + part[len(part)-1].T) / 2, N: medianN(part)})
		}
		from = to
	}
	return bins
}

// medianN is the median count of points, which are not changed.
func medianN(points []Point) float64 {
	xs := make([]float64, len(points))
	for i, p := range points {
		xs[i] = p.N
	}
	return median(xs)
}

// median reorders xs; the median of nothing is 0.
func median(xs []float64) float64 {
	if len(xs) == 0 {
		return 0
	}
	m := len(xs) / 2
	upper := selectNth(xs, m)
	if len(xs)%2 == 1 {
		return upper
	}
	return (slices.Max(xs[:m]) + upper) / 2
}

// selectNth returns the value that sorting would put at index n, and leaves
// none above it before n (Hoare 1961). Sorting the 44,850 slopes of a fit for
// one of them would be most of its cost.
func selectNth(xs []float64, n int) float64 {
	for lo, hi := 0, len(xs)-1; lo < hi; {
		pivot := xs[lo+(hi-lo)/2]
		i, j := lo, hi
		for i <= j {
			for xs[i] < pivot {
				i++
			}
			for pivot < xs[j] {
				j--
			}
			if i <= j {
				xs[i], xs[j] = xs[j], xs[i]
				i++
				j--
			}
		}
		switch {
		case n <= j:
			hi = j
		case n >= i:
			lo = i
		default:
			return xs[n]
		}
	}
	return xs[n]
}

// span is the seconds between the first and the last point.
func span(points []Point) float64 {
	if len(points) < 2 {
		return 0
	}
	return points[len(points)-1].T - points[0].T
}
