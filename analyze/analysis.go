package analyze

import (
	"time"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
)

// Analysis is everything Detect has to say about one target.
type Analysis struct {
	Target  Target
	Window  Window
	Verdict Verdict // the worst of all findings
	Total   Total
	// Findings are worst first: verdict, then severity, then rate.
	Findings  []Finding
	Cleared   []Cleared
	Inventory []Inventory
	Impact    Impact
	// LogLines are the target's own lines that served as evidence, as they were.
	LogLines []string
	// Metrics are the names the target's /metrics exports; nil when it could not be read.
	Metrics  []string
	Warnings []string
	// Tree is the source that was read to explain the findings; nil when none was.
	Tree *Tree
}

// Tree is a source tree that was read.
type Tree struct {
	Module string `json:"module"`
	// Level is "types" when the packages were type-checked whole, else "syntax".
	Level    string `json:"level"`
	Packages int    `json:"packages"`
	Lines    int    `json:"lines"`
	// Placed of Asked positions of the profiles were found in it.
	Placed int `json:"placed"`
	Asked  int `json:"asked"`
}

// Target is who was watched.
type Target struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	URL       string `json:"url,omitempty"`
	PID       int    `json:"pid,omitempty"`
	GoVersion string `json:"go_version"`
}

// Window is when and how much was seen.
type Window struct {
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	Seconds float64   `json:"seconds"`
	Samples int       `json:"samples"`
	// Scrapes is by kind: goroutine, stacks, goroutineleak, memory, trace.
	Scrapes map[string]int `json:"scrapes"`
	// Gaps are times without an answer of the target.
	Gaps []Gap `json:"gaps,omitempty"`
	// Restarts are times at which a new process answered.
	Restarts []time.Time `json:"restarts,omitempty"`
}

// Gap is a time without an answer.
type Gap struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Why   string    `json:"why"`
}

// Total is the count of all goroutines.
type Total struct {
	First    int  `json:"first"`
	Last     int  `json:"last"`
	Baseline int  `json:"baseline"` // after warm-up
	Rate     Rate `json:"rate"`
	// Series is the count over time, thinned to at most 300 points, for tables and charts.
	Series []growth.Point `json:"-"`
	Trend  growth.Trend   `json:"-"`
}

// Cleared is a suspect that is not leaking.
type Cleared struct {
	Site  goroutine.Site `json:"site"`
	Count Count          `json:"count"`
	Why   string         `json:"why"`
	// Kind is derived for a go statement of the source that looks untracked.
	Kind Basis `json:"kind,omitempty"`
}

// Class sorts the inventory.
type Class string

// The classes of the inventory.
const (
	ClassExpected Class = "expected"
	ClassRuntime  Class = "runtime"
	ClassGrowing  Class = "growing"
	ClassStuck    Class = "stuck"
)

// Inventory is one site's line in the appendix; the sums equal the totals.
type Inventory struct {
	Site  goroutine.Site `json:"site"`
	Class Class          `json:"class"`
	First int            `json:"first"`
	Last  int            `json:"last"`
	// Rate is nil when too few samples hold the site.
	Rate *Rate `json:"rate"`
}

// Impact is now and later. A nil pointer is "not known".
type Impact struct {
	Goroutines   int          `json:"goroutines"`
	StackBytes   *int64       `json:"stack_bytes"`    // runtime.MemStats StackInuse at the end
	StackPerLeak *float64     `json:"bytes_per_leak"` // measured growth of stack bytes for each leaked goroutine
	Descriptors  *int         `json:"descriptors"`
	Project      []Projection `json:"projections"`
	Limits       []Limit      `json:"limits"`
}

// Projection is the total after a time, if nothing changes.
type Projection struct {
	Seconds float64 `json:"after_seconds"`
	Value   float64 `json:"goroutines"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
}

// Limit is something the growth runs into.
type Limit struct {
	Name    string  `json:"name"` // "memory", "descriptors", "goroutines"
	Value   float64 `json:"value"`
	Basis   Basis   `json:"kind"`
	Seconds float64 `json:"reached_after_seconds"` // at Rate.Value; Low and High at the interval's ends
	Low     float64 `json:"low_seconds"`
	High    float64 `json:"high_seconds"`
}
