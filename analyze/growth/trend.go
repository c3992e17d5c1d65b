// Package growth is the arithmetic of a count over time: epochs, warm-up,
// slope with an interval, significance, plateaus, ratchets, steps, cohorts. It
// knows no goroutine and no clock; every number it gives states its unit.
package growth

// Point is a count at a time.
type Point struct {
	T float64 // seconds since the start of the watch
	N float64 // goroutines
}

// Trend is what one epoch of one series says, after its warm-up.
type Trend struct {
	// Samples is how many points the fit rests on, Seconds the time they span.
	Samples int
	Seconds float64
	// Warmup is how many seconds of start-up climb were left out before.
	Warmup float64
	First  float64 // median of the first points after warm-up
	Last   float64 // median of the last points
	// Rate is the Theil–Sen slope in goroutines per minute, Low and High its 95 % interval.
	Rate, Low, High float64
	// P is the one-sided Mann–Kendall p-value for growth, exact up to ten
	// points; PAdjusted the same after Holm's correction over all series.
	P, PAdjusted float64
	// Late is the slope of the second half, per minute; LateLow, LateHigh its interval.
	Late, LateLow, LateHigh float64
	// Plateau: it grew and has stopped. Ratchet: the minimum of the last third is above
	// the middle's, and that not below the first's. Burst: it fell back to where it was.
	Plateau, Ratchet, Burst bool
	// Growing is the whole test: significant, still rising, not a plateau.
	Growing bool
	Shape   Shape
	Step    *Step // nil unless a staircase fits
}

// Shape is the form of a growth in one word.
type Shape string

// The shapes. Stuck is set by the caller: a count alone cannot tell.
const (
	Steady       Shape = "steady"
	Stepped      Shape = "stepped"
	Accelerating Shape = "accelerating"
	Plateau      Shape = "plateau"
	Stuck        Shape = "stuck"
	Flat         Shape = "flat"
)

// Step is a staircase: Height goroutines every Period seconds.
type Step struct {
	Height float64 `json:"height"`
	Period float64 `json:"period"`
}

// Cohort is what became of the goroutines of a site that were seen by id.
type Cohort struct {
	Born      int `json:"born"`      // first seen after the first dump
	Died      int `json:"died"`      // of those and of the first dump's, gone by the last
	Survivors int `json:"survivors"` // of Born, alive in the last dump
	// OldestSeconds is the age of the oldest alive, measured from the first dump it was in.
	OldestSeconds float64 `json:"oldest_seconds"`
}
