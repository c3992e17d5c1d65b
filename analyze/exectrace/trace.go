// Package exectrace reads a runtime execution trace of a few seconds for the
// two things no goroutine profile holds: the whole stack of the creator at the
// moment of creation (the launcher's call in user code for wg.Go, the
// application's function behind net/http's own goroutines), and which
// goroutines ran at all. It is pure: a stream in, a value out.
package exectrace

import "github.com/logcap/logcap/analyze/goroutine"

// Trace is what one execution trace tells about goroutines.
type Trace struct {
	// Seconds is the span from the first to the last event.
	Seconds float64
	// GoVersion is the trace format's version, "go1.26"; a lower bound of the target's.
	GoVersion string
	Births    []Birth
	// Activity is by goroutine id, for every goroutine the trace mentions.
	Activity map[uint64]Activity
	// Truncated: the trace ended early; what came before stands.
	Truncated bool
}

// Birth is one goroutine's creation.
type Birth struct {
	ID     uint64
	Parent uint64 // 0 when the runtime created it outside any goroutine
	Key    goroutine.Key
	// Entry is the new goroutine's entry, launchers skipped where the trace tells.
	Entry goroutine.Frame
	// Creator is the creator's stack at the go statement, innermost first.
	Creator []goroutine.Frame
}

// Activity says what a goroutine did during the trace.
type Activity struct {
	// Runs is how often it was scheduled to run.
	Runs int
	// Woken is how often something outside it ended its wait: another goroutine
	// or the network. A loop on a timer of its own runs without ever being woken.
	Woken int
	// Ended: it exited during the trace.
	Ended bool
}
