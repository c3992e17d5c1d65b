// Package goroutine turns what a Go process says about its goroutines into one
// Snapshot: the pprof proto, the debug=1 and debug=2 texts and the crash output
// of SIGQUIT, plain or compressed, from Go 1.21 on.
//
// It is pure: it reads a stream and returns a value. It is forgiving: one
// broken goroutine is skipped with a Warning that names its line, and the rest
// stands. It imports nothing of this project, so both halves of logcap use it.
package goroutine

import "time"

// Form is the shape a snapshot was read from; it decides what a snapshot knows.
type Form string

// The forms. Only Debug2, Crash and Memory know ids, creators and wait minutes.
const (
	Proto  Form = "proto"   // pprof protocol buffer (debug=0)
	Debug1 Form = "debug=1" // text, one block a stack
	Debug2 Form = "debug=2" // text, one block a goroutine
	Crash  Form = "crash"   // SIGQUIT or panic output, also between other log lines
	Memory Form = "memory"  // read from the process's memory
)

// Lists says whether snapshots of the form list each goroutine, with its id.
func (f Form) Lists() bool { return f == Debug2 || f == Crash || f == Memory }

// Snapshot is all goroutines of one process at one moment.
type Snapshot struct {
	// Time is when it was taken: the proto's own time, else zero.
	Time time.Time
	Form Form
	// Profile is "goroutine" or "goroutineleak".
	Profile string
	// Total is the number of goroutines read: the sum of all Stacks' counts.
	Total int
	// Declared is the number the input itself states in its header; 0 when it
	// states none. Declared > Total means that goroutines are missing.
	Declared int
	Stacks   []Stack
	// Truncated says that the input ended in the middle of a goroutine or at
	// the 64 MiB at which net/http/pprof cuts a debug=2 dump.
	Truncated bool
	Warnings  []Warning
	// Sampled is of how many goroutines the own stack was read, when not of all;
	// the others are counted with the stacks of the same go statement, entry and state. 0: of all.
	Sampled int
	// Failed is how many goroutines could not be read and are in no stack, or without their own.
	Failed int
}

// Warning is something in the input that could not be read; the rest was.
type Warning struct {
	// Line is the 1-based line of the (decompressed) input; 0 for a proto.
	Line int
	// Text says what was wrong, with the offending text, cut and made printable.
	Text string
}

// Stack is a set of goroutines that share frames, state, creator and labels.
// Stacks of one snapshot can share what Frames and Labels refer to, so neither
// is to be written to.
type Stack struct {
	// Frames is innermost first, without the runtime frames that only say how
	// the goroutine is parked: every form gives the same frames.
	Frames []Frame
	State  State
	// Range is true when a channel is received from by range or by v, ok := <-ch.
	// Only the proto and debug=1 tell (runtime.chanrecv2).
	Range bool
	// Created is the go statement: its function and position; zero when the form does not tell.
	Created Frame
	Labels  map[string]string
	// Count is how many goroutines; at least 1, except in a delta profile.
	Count int
	// Goroutines is one entry each where the form has ids, else nil.
	Goroutines []Goroutine
	// Ancestors are the creators' own stacks, nearest first, when the process
	// runs with GODEBUG=tracebackancestors.
	Ancestors []Ancestor
	// Leaked is the runtime's own proof: listed by, or tagged in, a goroutineleak profile.
	Leaked bool
	// Locked says that the goroutines are locked to a thread.
	Locked bool
}

// Goroutine is one goroutine of a Stack.
type Goroutine struct {
	ID     uint64
	Parent uint64 // id of the goroutine that created it; 0 unknown
	// Wait is for how many whole minutes it has waited, at least: the runtime
	// starts counting at the first GC after it blocked. 0 is "under a minute or unknown".
	Wait uint32
}

// Ancestor is the stack of a goroutine's creator at the moment of creation.
type Ancestor struct {
	ID      uint64
	Frames  []Frame // innermost first; lines may be off by one
	Created Frame
}

// Frame is one call.
type Frame struct {
	// Func is the full name, package path first, type arguments normalised to
	// [...], without arguments: "net/http.(*persistConn).readLoop".
	Func string
	File string
	Line int
	// Start is the line on which Func begins; 0 unknown. For a closure started
	// in place this is the line of its go statement. Only the proto knows it.
	Start int
}

// State is a wait reason in the words of a debug=2 header: "chan receive",
// "select", "IO wait", "sync.Mutex.Lock", "sleep", "running". Forms without
// one have it recovered from the runtime frames; "" is unknown.
type State string
