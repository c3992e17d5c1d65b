// Package recording is the recorded watch on disk: written by leak-watch, read
// by everything else, so that every report can be made again from what was
// kept. It stores what the target answered and judges nothing.
package recording

import "time"

// Kind is what was asked of the target.
type Kind string

// The kinds; each is a part of a file name in a recording.
const (
	Goroutine Kind = "goroutine"     // pprof proto, or the same in goroutine.WriteMemory's text: the time series
	Stacks    Kind = "stacks"        // debug=2 dump, or that text with ids: ids, creators, minutes
	Leak      Kind = "goroutineleak" // the runtime's own proof, Go 1.27 and later
	Memory    Kind = "memory"        // runtime.MemStats as text, from heap?debug=1
	Metrics   Kind = "metrics"       // the target's own /metrics, Prometheus text
	Trace     Kind = "trace"         // runtime execution trace of a few seconds
	Births    Kind = "births"        // who created whom, of a process read through its memory (package lineage)
	Process   Kind = "process"       // what a process on this machine holds open, as JSON (process.Usage)
	Pprof     Kind = "pprof"         // the stacks of such a process as a profile for go tool pprof; nothing here reads it
)

// Scrape is one answer of the target, or the failure to get one.
type Scrape struct {
	Kind Kind
	// Time is when the answer began to arrive; Took how long the target needed.
	Time time.Time
	Took time.Duration
	// Body is as the target sent it, without transfer compression; nil when Err is set.
	Body []byte
	// Total is the number of goroutines in it; 0 where that has no meaning.
	Total int
	// Truncated: the body ends early (64 MiB cut, broken connection, size limit).
	Truncated bool
	// Err is why there is no body: one line.
	Err string
	// Warnings are what the parser skipped.
	Warnings []string
}

// Target is who was watched.
type Target struct {
	Name string `json:"name"` // as the user typed it, credentials removed
	Kind string `json:"kind"` // "http", "https", "unix", "pid"
	URL  string `json:"url,omitempty"`
	PID  int    `json:"pid,omitempty"`
	// GoVersion is "go1.26" or longer; "" when nothing told.
	GoVersion string `json:"go_version,omitempty"`
}
