package analyze

import "github.com/logcap/logcap/analyze/growth"

// Thresholds are the limits that turn numbers into verdicts. Each default has
// its reason beside it; docs/detection.md has the measurements behind them.
type Thresholds struct {
	Growth growth.Thresholds
	// MinSamples and MinSeconds: below either there is no verdict but
	// inconclusive. Eight points are the fewest at which a one-sided exact
	// Mann–Kendall test survives a correction over fifty sites.
	MinSamples int
	MinSeconds float64
	// MinGained is how many goroutines a site must have gained to be called
	// growing: fewer are within what one slow request does.
	MinGained float64
	// Alpha is the significance after Holm's correction over all sites.
	Alpha float64
	// OldShare is the part of the window after which a goroutine had reason to
	// end: the question is whether those that reach it ever die.
	OldShare float64
	// MinOld is how many goroutines must have reached that age for the answer to count.
	MinOld int
	// DyingShare: when at least this part of those that reached the age died,
	// growth comes with deaths at a comparable rate and is load.
	DyingShare float64
	// ActiveShare: when at least this part of the traced survivors was woken by
	// others during a trace, they are at work, and profiles alone cannot call them leaked.
	ActiveShare float64
	// KeepAlive is for how long net/http keeps idle connections by default, in
	// seconds: a shorter watch cannot tell kept from abandoned.
	KeepAlive float64
	// RatchetSeconds: without ids, growth must have ratcheted for so long to be probable.
	RatchetSeconds float64
	// StuckShare is the part of the window for which the same ids must have
	// waited at the same place.
	StuckShare float64
	// StuckMinutes is how many minutes a dump must say that a lock was waited
	// for: no healthy critical section is so long, and the runtime's clock starts late.
	StuckMinutes uint32
	// MinStuckSeconds is the least time for the same, however short the window.
	MinStuckSeconds float64
	// MaxStuckSeconds is enough for any window: who has waited for a lock for ten
	// minutes of a day's watch is as stuck as who has for half of a short one.
	MaxStuckSeconds float64
}

// DefaultThresholds are what the commands use.
func DefaultThresholds() Thresholds {
	return Thresholds{
		Growth:          growth.DefaultThresholds(),
		MinSamples:      8,
		MinSeconds:      10,
		MinGained:       4,
		Alpha:           0.01,
		OldShare:        0.25,
		MinOld:          3,
		DyingShare:      0.10,
		ActiveShare:     0.25,
		KeepAlive:       90,
		RatchetSeconds:  600,
		StuckShare:      0.5,
		StuckMinutes:    5,
		MinStuckSeconds: 10,
		MaxStuckSeconds: 600,
	}
}
