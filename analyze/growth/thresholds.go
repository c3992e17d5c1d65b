package growth

// Thresholds are the choices behind a judgement of growth. The figures named
// here were measured by scripts/simulate and stand in docs/detection.md.
type Thresholds struct {
	// Bins is how many time bins the rate is fitted on. All pairs of 300 medians
	// are 44,850 slopes; all pairs of the 10,000 samples behind them are fifty
	// million, and move the rate by less than its interval.
	Bins int
	// Blocks is how many equal stretches of time are compared for significance,
	// intervals and the late slope. Successive goroutine counts are strongly
	// correlated (a goroutine that lives ten seconds is in twenty samples), and a
	// test that takes every sample for independent calls a healthy wander
	// significant. The median of a block forgets what is shorter than the block,
	// and up to ten of them have an exact distribution.
	Blocks int
	// MinSamples is how many samples a judgement needs at least: five rising ones
	// have p = 0.0083; four have 0.042, which ten sites give by chance alone.
	MinSamples int
	// Alpha is the significance that one series must reach, after Holm's correction when there are several.
	Alpha float64
	// MinRise is how many goroutines a series must have gained between its first
	// and its last block. Fewer are lost among timers and connections that any service opens once.
	MinRise float64
	// LateShare is the share of the whole rate that the second half must keep.
	// A steady leak keeps all of it, a filling pool less and less; 0.4 leaves room for noise and for batches.
	LateShare float64
	// LateAlpha is the significance the second half must reach by itself. It has
	// half the samples, and the whole has been tested already, so that it need not be strict.
	LateAlpha float64
	// HalfRise is how far the median of the second half must lie above the first
	// half's, as a share of what a straight line at the fitted rate would give.
	// Hours of calm with one spike at the end stay below it.
	HalfRise float64
	// Warmup is how many seconds of the watch to leave out, when somebody knows; 0: found from the counts.
	Warmup float64
	// WarmupShare is the longest part of a watch that may be taken for start-up.
	WarmupShare float64
	// WarmupSteeper is how many times steeper than the rest a start-up climb must
	// be, so that a leak which begins at once is not taken for one. The source
	// report's climb is three times as steep.
	WarmupSteeper float64
	// WarmupNoise is how many standard deviations of the rest the start must lie below the rest's line.
	WarmupNoise float64
	// Accelerating is how many times the first half's slope the second half's must be.
	Accelerating float64
	// StepCount is how many rises make a staircase: two have one distance
	// between them, and one distance has no period.
	StepCount int
	// StepHeight is the lowest step looked for. A staircase of single goroutines is a steady growth.
	StepHeight float64
	// StepSpread is how far the distances between steps may lie from their
	// median, and twice that how far the heights may, as a share of it. Tickers are late by milliseconds,
	// samples by an interval; batches whose sizes differ by more have no height to name.
	StepSpread float64
	// MinExposed is how many goroutines must have reached OldShare of the window before the cohort rule says anything.
	MinExposed int
	// MaxDeathShare is the share of the old that may have died in a site whose goroutines are said to stay.
	MaxDeathShare float64
}

// DefaultThresholds returns the thresholds that scripts/simulate was used to choose.
func DefaultThresholds() Thresholds {
	return Thresholds{
		Bins:          300,
		Blocks:        10,
		MinSamples:    5,
		Alpha:         0.01,
		MinRise:       3,
		LateShare:     0.4,
		LateAlpha:     0.05,
		HalfRise:      0.4,
		WarmupShare:   0.5,
		WarmupSteeper: 2,
		WarmupNoise:   4,
		Accelerating:  1.6,
		StepCount:     3,
		StepHeight:    2,
		StepSpread:    0.25,
		MinExposed:    3,
		MaxDeathShare: 0.1,
	}
}
