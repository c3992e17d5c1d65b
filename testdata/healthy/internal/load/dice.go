// Package load makes the traffic of the healthy services: numbers from a seed,
// waits that end with a context, and clients that cost the service no goroutine.
package load

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// Dice draws every number of one service from its seed. It may be shared by goroutines.
type Dice struct {
	mu  sync.Mutex
	rng *rand.Rand
}

// NewDice draws from rng, which must not be used elsewhere afterwards.
func NewDice(rng *rand.Rand) *Dice {
	return &Dice{rng: rng}
}

// Int draws from low to high, both included.
func (d *Dice) Int(low, high int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return low + d.rng.IntN(high-low+1)
}

// Time draws evenly between low and high.
func (d *Dice) Time(low, high time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return low + time.Duration(d.rng.Int64N(int64(high-low)+1))
}

// Skewed draws between low and high evenly on a logarithmic scale: many short
// times and a few long ones, as connections live.
func (d *Dice) Skewed(low, high time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	from, to := math.Log(float64(low)), math.Log(float64(high))
	return time.Duration(math.Exp(from + d.rng.Float64()*(to-from)))
}

// Sleep waits for t and reports whether ctx still stands.
func Sleep(ctx context.Context, t time.Duration) bool {
	timer := time.NewTimer(t)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Ramp is the straight way from low to high within rise, and high from then on.
func Ramp(low, high int, rise, elapsed time.Duration) int {
	if elapsed >= rise {
		return high
	}
	return low + int(float64(high-low)*elapsed.Seconds()/rise.Seconds())
}
