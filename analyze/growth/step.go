package growth

import (
	"math"
)

// Steps finds a staircase: rises of about one height at about one distance in
// time, with level stretches between. It returns nil when there is none, or
// fewer rises than make a period. Jitter is forgiven within the thresholds, and
// so is noise well below the height.
func Steps(points []Point, th Thresholds) *Step {
	for _, width := range []int{1, 2, 4, 8} {
		if s := stepsAt(points, width, th); s != nil {
			return s
		}
	}
	return nil
}

// stepsAt looks for rises of the median of width samples against the median of
// as many before: the wider, the more noise is smoothed and the shorter a level is missed.
func stepsAt(points []Point, width int, th Thresholds) *Step {
	n := len(points)
	if n < 2*width+1 || n < 3*th.StepCount {
		return nil
	}
	rises := make([]float64, 0, n)
	for i := width; i+width <= n; i++ {
		rises = append(rises, medianN(points[i:i+width])-medianN(points[i-width:i]))
	}
	at := peaks(rises, stepLimit(rises, th), width)
	if len(at) < th.StepCount {
		return nil
	}
	for i := range at {
		at[i] += width // from an index of rises to one of points
	}
	return staircase(points, at, th)
}

// stepLimit is the least rise taken for a step: well above what level stretches show.
func stepLimit(rises []float64, th Thresholds) float64 {
	off := make([]float64, len(rises))
	for i, r := range rises {
		off[i] = math.Abs(r)
	}
	return max(th.StepHeight*0.75, 5*median(off))
}

// peaks returns where rises has its maxima above the limit, one for each run
// of neighbours above it: a step that fell between two samples shows in both.
func peaks(rises []float64, limit float64, width int) []int {
	var at []int
	for i := 0; i < len(rises); {
		if rises[i] < limit {
			i++
			continue
		}
		first, best, last := i, rises[i], i
		for ; i < len(rises) && (rises[i] >= limit || i <= first+width); i++ {
			if rises[i] > best {
				best, first, last = rises[i], i, i
			} else if rises[i] == best && i == last+1 {
				last = i
			}
		}
		at = append(at, (first+last+1)/2)
	}
	return at
}

// staircase checks that the rises at the given points are regular and make up
// the growth, and returns their common height and distance.
func staircase(points []Point, at []int, th Thresholds) *Step {
	var gaps, heights []float64
	shortest := len(points)
	for i := 1; i < len(at); i++ {
		gaps = append(gaps, points[at[i]].T-points[at[i-1]].T)
		shortest = min(shortest, at[i]-at[i-1])
	}
	if shortest < 3 {
		return nil // no level between: a slope, seen in few samples
	}
	bounds := append(append([]int{0}, at...), len(points))
	for i := 1; i+1 < len(bounds); i++ {
		heights = append(heights, medianN(points[bounds[i]:bounds[i+1]])-medianN(points[bounds[i-1]:bounds[i]]))
	}
	period, periodOff := centre(gaps)
	height, heightOff := centre(heights)
	if height < th.StepHeight*0.75 || periodOff > th.StepSpread || heightOff > 2*th.StepSpread {
		return nil
	}
	total := points[len(points)-1].N - points[0].N
	climbed := height * float64(len(at))
	if math.Abs(total-climbed) > 0.5*math.Abs(climbed) {
		return nil // most of the change came between the steps
	}
	return &Step{Height: height, Period: period}
}

// centre returns the median and how far the farthest value lies from it, as a share of it.
func centre(xs []float64) (mid, off float64) {
	mid = median(xs)
	for _, x := range xs {
		off = max(off, math.Abs(x-mid))
	}
	if mid <= 0 {
		return mid, math.Inf(1)
	}
	return mid, off / mid
}
