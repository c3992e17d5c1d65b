package growth

import "math"

// Fit says what one epoch of a series shows. Points are sorted by time, in
// seconds; the rates of the answer are per minute. PAdjusted is P until Adjust
// has seen all the series of a watch.
func Fit(points []Point, th Thresholds) Trend {
	if len(points) == 0 {
		return Trend{P: 1, PAdjusted: 1, Shape: Flat}
	}
	rest := afterWarmup(points, th)
	blocks := bin(rest, th.Blocks)
	t := Trend{
		Samples: len(rest),
		Seconds: span(rest),
		Warmup:  rest[0].T - points[0].T,
		First:   medianN(rest[:edge(rest)]),
		Last:    medianN(rest[len(rest)-edge(rest):]),
		Step:    Steps(rest, th),
	}
	t.Rate, t.Low, t.High = rate(rest, th)
	_, t.P = MannKendall(counts(blocks))
	t.PAdjusted = t.P
	late := secondHalf(rest)
	lateBlocks := bin(late, th.Blocks)
	t.Late, t.LateLow, t.LateHigh = TheilSen(lateBlocks)
	t.Ratchet = ratchet(blocks)
	t.Burst = burst(blocks, th)
	stalled := stalled(bin(rest, th.Bins), t.Rate)
	rising := !stalled && stillRising(&t, rest, lateBlocks, th)
	grew := t.P <= th.Alpha && blocks[len(blocks)-1].N-blocks[0].N >= th.MinRise
	t.Plateau = grew && !rising && (stalled || t.Step != nil || t.Late < th.LateShare*t.Rate)
	t.Growing = grew && rising && t.Ratchet && !t.Burst && len(rest) >= th.MinSamples && halvesRise(&t, rest, th)
	t.Shape = shape(&t, rest, grew, th)
	return t
}

// Adjust corrects the significance of all the trends of one watch for their
// number (Holm) and takes Growing from those that no longer reach it. Trends
// of no rise at all count as well: they were looked at.
func Adjust(trends []*Trend, th Thresholds) {
	ps := make([]float64, len(trends))
	for i, t := range trends {
		ps[i] = t.P
	}
	for i, p := range Holm(ps) {
		trends[i].PAdjusted = p
		trends[i].Growing = trends[i].Growing && p <= th.Alpha
	}
}

// afterWarmup leaves out the start-up climb: what th.Warmup says, else what the counts show.
func afterWarmup(points []Point, th Thresholds) []Point {
	start := th.Warmup
	if start <= 0 {
		start = points[0].T + warmup(points, th)
	}
	for i, p := range points {
		if p.T >= start {
			return points[i:]
		}
	}
	return points
}

// rate is the slope of the bins. Its interval comes from the blocks when there
// are more samples than those: neighbouring samples repeat each other, and an interval that counts
// each of them promises more than it holds.
func rate(points []Point, th Thresholds) (slope, low, high float64) {
	if len(points) <= th.Blocks {
		return TheilSen(points)
	}
	slope = median(pairSlopes(bin(points, th.Bins))) * perMinute
	_, low, high = TheilSen(bin(points, th.Blocks))
	return slope, min(slope, low), max(slope, high)
}

// stillRising says whether the second half goes on growing: at a fair share of
// the whole rate and beyond chance, or, for a staircase, with the last step no longer ago than a period and a half.
func stillRising(t *Trend, rest, lateBlocks []Point, th Thresholds) bool {
	if t.Step != nil {
		return rest[len(rest)-1].T-lastRise(rest, t.Step) <= 1.5*t.Step.Period
	}
	if t.Late <= 0 || t.Late < th.LateShare*t.Rate {
		return false
	}
	if len(lateBlocks) < th.MinSamples {
		// Too few to test: a rise from each to the next is all they can show.
		return t.LateLow > 0
	}
	_, p := MannKendall(counts(lateBlocks))
	return p <= th.LateAlpha
}

// stalled says whether the series has stood at its last level for so long that
// its rate per minute would have carried it much higher. The allowance is twice the largest
// change between neighbours, which covers noise and batches, and four deviations
// of a Poisson count of that size.
func stalled(points []Point, rate float64) bool {
	change := 1.0
	for i := 1; i < len(points); i++ {
		change = max(change, math.Abs(points[i].N-points[i-1].N))
	}
	last := points[len(points)-1]
	i := len(points) - 1
	for i > 0 && points[i].N > last.N-change {
		i--
	}
	return (last.T-points[i].T)*rate/perMinute > 2*change+4*math.Sqrt(change)
}

// lastRise is when the series last came up by most of a step.
func lastRise(points []Point, s *Step) float64 {
	top := points[len(points)-1].N
	for i := len(points) - 1; i >= 0; i-- {
		if points[i].N <= top-s.Height*0.6 {
			return points[i].T
		}
	}
	return points[0].T
}

// ratchet says whether the minimum of the thirds rises: the last above the
// middle, and the middle not below the first, for a leak may begin late.
func ratchet(points []Point) bool {
	n := len(points)
	if n < 3 {
		return false
	}
	low := func(part []Point) float64 {
		m := math.Inf(1)
		for _, p := range part {
			m = min(m, p.N)
		}
		return m
	}
	a, b, c := low(points[:n/3]), low(points[n/3:n-n/3]), low(points[n-n/3:])
	return a <= b && b < c
}

// burst says whether the series rose well above both its ends and came back to where it was.
func burst(blocks []Point, th Thresholds) bool {
	first, last := blocks[0].N, blocks[len(blocks)-1].N
	peak := first
	for _, p := range blocks {
		peak = max(peak, p.N)
	}
	rise := peak - first
	noise := residualNoise(blocks, lineThrough(blocks, 0))
	return len(blocks) >= th.MinSamples && rise >= th.MinRise && rise > 4*noise && last-first <= rise/4
}

// halvesRise says whether the median of the second half lies above that of the
// first by a fair share of what a straight line would give.
func halvesRise(t *Trend, points []Point, th Thresholds) bool {
	n := len(points)
	rise := medianN(points[n-n/2:]) - medianN(points[:n/2])
	return rise > 0 && rise >= th.HalfRise*t.Rate/perMinute*t.Seconds/2
}

func shape(t *Trend, points []Point, grew bool, th Thresholds) Shape {
	switch {
	case !grew:
		return Flat
	case t.Plateau:
		return Plateau
	case t.Step != nil:
		return Stepped
	}
	early, _, earlyHigh := TheilSen(bin(points[:len(points)-len(points)/2], th.Blocks))
	if t.Late > th.Accelerating*max(early, 0) && t.LateLow > earlyHigh {
		return Accelerating
	}
	return Steady
}

func counts(points []Point) []float64 {
	xs := make([]float64, len(points))
	for i, p := range points {
		xs[i] = p.N
	}
	return xs
}

// secondHalf is the part after the middle of the time, not of the samples: a
// watch whose interval stretched has fewer of them late.
func secondHalf(points []Point) []Point {
	middle := points[0].T + span(points)/2
	for i, p := range points {
		if p.T >= middle {
			return points[i:]
		}
	}
	return points
}

// edge is how many points at either end are taken for First and Last: a
// twentieth, so that noise is smoothed and a growth hardly is.
func edge(points []Point) int { return max(1, len(points)/20) }
