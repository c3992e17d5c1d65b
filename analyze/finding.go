package analyze

import (
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
)

// Finding is one leak or one stuck place, with all the numbers its verdict
// rests on. Its JSON is the "findings" element of logcap.report/1.
type Finding struct {
	// ID hashes creator and entry, normalised, without line or mechanism, so that it survives edits.
	ID        string    `json:"id"`
	Verdict   Verdict   `json:"verdict"`
	Severity  Severity  `json:"severity"`
	Mechanism Mechanism `json:"mechanism"`
	// Candidates are the mechanisms that profiles alone cannot tell apart here; empty when Mechanism is sure.
	Candidates []Mechanism      `json:"mechanism_candidates,omitempty"`
	Site       goroutine.Site   `json:"site"`
	Sites      []goroutine.Site `json:"sites"` // others of the same finding
	// Creators lists the go statements with their shares when there are several.
	Creators []Creator       `json:"creators,omitempty"`
	Blocked  Position        `json:"blocked"`
	State    goroutine.State `json:"state"`
	Victims  []Victim        `json:"victims"`
	Shape    growth.Shape    `json:"shape"`
	Step     *growth.Step    `json:"step"`
	Count    Count           `json:"count"`
	Rate     Rate            `json:"rate"`
	Trend    *Numbers        `json:"trend,omitempty"`
	Cohort   *growth.Cohort  `json:"cohort"`
	Lineage  []Ancestor      `json:"lineage"`
	Cause    *Cause          `json:"cause"`
	Evidence []Evidence      `json:"evidence"`
	Fix      *Fix            `json:"fix"`
	// Excluded are mechanisms that the source speaks against.
	Excluded []Excluded `json:"excluded,omitempty"`
	// Code is the source around the lines that matter, the cause first.
	Code   []Excerpt         `json:"code,omitempty"`
	Stack  []Position        `json:"stack"` // innermost first
	Labels map[string]string `json:"labels,omitempty"`
	// Holder is where another goroutine sits in a channel operation and, by all
	// appearance, holds the lock that these wait for; nil when none was seen.
	Holder *Position `json:"-"`
	// Points is the count over time, thinned to at most 300 points, for tables and charts.
	Points []growth.Point `json:"-"`
	// traced: an execution trace told the lineage.
	traced bool
}

// Position is a place in the target's source.
type Position struct {
	Func string `json:"func"`
	File string `json:"file"`
	Line int    `json:"line"`
	// Start is the line on which the function begins in what ran; 0 when the profile does not say.
	Start int `json:"-"`
}

// Creator is one go statement of a site that has several.
type Creator struct {
	Position
	Count int `json:"count"`
}

// Victim is a site that piles up behind a finding.
type Victim struct {
	Site  goroutine.Site `json:"site"`
	Count int            `json:"count"`
}

// Count is goroutines at the first and the last sample of the window.
type Count struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

// Rate is goroutines per minute with its 95 % interval.
type Rate struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Numbers are the statistics behind a verdict.
type Numbers struct {
	Samples   int     `json:"samples"`
	Seconds   float64 `json:"seconds"`
	Warmup    float64 `json:"warmup_seconds"`
	P         float64 `json:"p"`
	PAdjusted float64 `json:"p_adjusted"`
	Late      Rate    `json:"late_rate"`
	Ratchet   bool    `json:"ratchet"`
	Plateau   bool    `json:"plateau"`
}

// Ancestor is one step of the family tree from a leaked goroutine to the application.
type Ancestor struct {
	Position
	Alive bool `json:"alive"`
	Seen  int  `json:"seen"` // in how many of Of known cases
	Of    int  `json:"of"`
}

// Cause is the place that is to blame, as far as it is known.
type Cause struct {
	Text       string      `json:"text"`
	File       string      `json:"file"`
	Line       int         `json:"line"`
	Func       string      `json:"func"`
	Kind       Basis       `json:"kind"`
	Candidates []Candidate `json:"candidates"`
}

// Candidate is one possible cause.
type Candidate struct {
	Position
	Score float64 `json:"score"`
	Why   string  `json:"why"`
}

// Basis says what a statement rests on.
type Basis string

// Measured: from profiles, logs, metrics. Derived: from the source tree, with
// file:line. Advice: generic to the mechanism.
const (
	Measured Basis = "measured"
	Derived  Basis = "derived"
	Advice   Basis = "advice"
)

// Evidence is one statement and what it rests on.
type Evidence struct {
	Kind Basis  `json:"kind"`
	Text string `json:"text"`
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
}

// Fix is what ends the leak.
type Fix struct {
	Title string `json:"title"`
	// Why is why it works, a sentence.
	Why string `json:"why,omitempty"`
	// Diff is a unified diff from the top of the source tree, for git apply or patch -p1.
	Diff     *string `json:"diff"`
	Compiles *bool   `json:"compiles"`
	// Output is what the compiler said when Compiles is false.
	Output string   `json:"output,omitempty"`
	Steps  []string `json:"steps"`
}

// Excluded is a mechanism that was considered and is not it.
type Excluded struct {
	Mechanism Mechanism `json:"mechanism"`
	Why       string    `json:"why"`
}

// Excerpt is some lines of one function, as they stand in the source tree.
type Excerpt struct {
	Func  string   `json:"func"`
	File  string   `json:"file"` // relative to the tree, with slashes
	First int      `json:"first"`
	Lines []string `json:"lines"`
	Marks []Mark   `json:"marks"` // in the order of their lines
}

// Mark says what a line of an excerpt has to do with the leak.
type Mark struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}
