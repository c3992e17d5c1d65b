// Package mechanism decides from a finding's wait state, its lineage and the
// source how its goroutines came to stay: one rule a mechanism, one file a
// rule. A rule says yes with the evidence that decided, or no with the reason.
// It is pure.
package mechanism

import (
	"go/ast"
	"go/token"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
	"github.com/logcap/logcap/analyze/goroutine"
)

// Case is one place that keeps goroutines, in its source. What is not known is nil.
type Case struct {
	Program *code.Program
	State   goroutine.State
	// Entry is the function the goroutine runs; Launch is the go statement or the
	// launcher's call, Parent the function it stands in.
	Entry  *code.Func
	Launch *code.Call
	Parent *code.Func
	// Op is the operation the goroutines wait in, nil in a library's code. Of a
	// select all cases are in Ops, and Op is the first.
	Op  *code.Op
	Ops []*code.Op
	// Frames are the stack's frames in the target's own code, innermost first.
	Frames []Frame
	// Lineage are the ancestors' frames in the target's own code, the nearest first.
	Lineage []Frame
	// Stack are the functions of the whole stack as the profile names them, innermost first.
	Stack []string
	// Finding holds the numbers; nil for a case that nobody measured.
	Finding *analyze.Finding
	// Others are the findings' other sites and its victims, in their source.
	Others []*Case

	// sits are the operations on the line on which another goroutine sits that, as measured, holds the lock.
	sits []*code.Op
	// found are what can keep a lock, once they were looked for.
	found *[]culprit
}

// Frame is one function on a stack and the step of it that is being executed.
type Frame struct {
	Func *code.Func
	Pos  token.Pos // of the line's first step
	// Call is the call on that line that leads to the next inner frame, nil when it could not be told.
	Call *ast.CallExpr
	Line int
	File string
}

// Place is a position and what is there.
type Place struct {
	Pos  token.Pos
	Text string
}

// Decision is a mechanism that holds.
type Decision struct {
	Mechanism analyze.Mechanism
	// Cause is the line to blame: the statement that a maintainer would point at.
	Cause Place
	// Others are further lines that could be blamed, best first.
	Others []Place
	// Candidates are the places that may be to blame for goroutines without a frame
	// of the target's own code, best first. Cause has no position when the first
	// does not stand clear of the second.
	Candidates []Candidate
	// Evidence are the points that decided, each with where it is seen in the source.
	Evidence []Place
	// Sure is false when the facts leave room for another mechanism.
	Sure bool
	Fix  *repair.Fix
}

// Candidate is one place that may be to blame.
type Candidate struct {
	Place
	Score float64 // 0 to 1
	Why   string
}

// Excluded is a mechanism that was considered and is not it.
type Excluded struct {
	Mechanism analyze.Mechanism
	Why       string
}

// rule looks at a case: a decision, or why it does not hold ("" when the
// mechanism has nothing to do with the case).
type rule func(*Case) (*Decision, string)
