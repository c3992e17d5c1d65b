package growth

import (
	"math"
	"testing"
)

func TestSteps(t *testing.T) {
	noise := uniform(7, 3)
	jitter := uniform(8, 1)
	stairs := func(height, period, phase float64) func(float64) float64 {
		return func(t float64) float64 { return 10 + height*math.Floor((t+phase)/period) }
	}
	for _, c := range []struct {
		name           string
		points         []Point
		height, period float64 // 0 when there is no staircase
		heightOff      float64
	}{
		{"+16 every 30 s", every(0.5, 120, stairs(16, 30, 11)), 16, 30, 0},
		{"+16 every 30 s, late by a sample", every(0.5, 120, func(t float64) float64 { return stairs(16, 30, 11)(t + jitter()/2) }), 16, 30, 0},
		{"+16 every 30 s with noise of 3", every(0.5, 180, func(t float64) float64 { return stairs(16, 30, 11)(t) + noise() }), 16, 30, 2},
		{"+5 every 15 s", every(0.5, 60, stairs(5, 15, 1)), 5, 15, 0},
		{"+100 every 10 s for an hour", every(0.5, 3600, stairs(100, 10, 3)), 100, 10, 0},
		{"two steps have no period", every(0.5, 60, stairs(16, 30, 11)), 0, 0, 0},
		{"single goroutines", every(0.5, 60, stairs(1, 2, 0)), 0, 0, 0},
		{"a slope", every(0.5, 60, func(t float64) float64 { return 4 * t }), 0, 0, 0},
		{"a slope with noise", every(0.5, 60, func(t float64) float64 { return 4*t + noise() }), 0, 0, 0},
		{"flat with noise", every(0.5, 60, func(float64) float64 { return 100 + noise() }), 0, 0, 0},
		{"a sawtooth falls back", every(0.5, 120, func(t float64) float64 { return math.Mod(math.Floor(t/10), 4) * 10 }), 0, 0, 0},
		{"irregular steps", every(0.5, 120, func(t float64) float64 {
			n := 0.0
			for _, at := range []float64{5, 9, 40, 48, 100} {
				if t >= at {
					n += 10
				}
			}
			return n
		}), 0, 0, 0},
		{"source report, once a minute", every(60, 480, func(t float64) float64 { return 70 + 32*t/60 }), 0, 0, 0},
		{"nothing", nil, 0, 0, 0},
	} {
		got := Steps(c.points, DefaultThresholds())
		switch {
		case c.height == 0 && got != nil:
			t.Errorf("%s: %+v, want none", c.name, *got)
		case c.height != 0 && (got == nil || !near(got.Height, c.height, c.heightOff) || !near(got.Period, c.period, 0.5)):
			t.Errorf("%s: %+v, want +%g every %g s", c.name, got, c.height, c.period)
		}
	}
}
