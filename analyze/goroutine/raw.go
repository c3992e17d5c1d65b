package goroutine

import (
	"slices"
	"strings"
	"time"
)

// Raw is a set of goroutines as the runtime itself describes them, before a
// traceback has left anything out.
type Raw struct {
	// Frames are all calls, the runtime's included, innermost first.
	Frames []Frame
	// Reason is the wait reason or status in the runtime's words.
	Reason     string
	Created    Frame
	Labels     map[string]string
	Locked     bool
	Leaked     bool
	Goroutines []Goroutine
}

// Stack gives them the form that all other sources give: frames that a
// traceback hides are left out, and the state has today's name.
func (r *Raw) Stack() Stack {
	_, rangeRecv := parked(r.Frames)
	shown := visible(slices.Clone(r.Frames))
	state := named(State(strings.TrimSuffix(r.Reason, " (durable)")), shown)
	st := Stack{Frames: shown, State: state, Range: rangeRecv, Created: r.Created, Labels: r.Labels,
		Locked: r.Locked, Leaked: r.Leaked, Count: len(r.Goroutines), Goroutines: r.Goroutines}
	if hidden(st.Created.Func) {
		st.Created = Frame{}
	}
	return st
}

// FromStacks makes a snapshot of the Memory form. Stacks that differ in nothing
// but their goroutines become one, in the order of first appearance.
func FromStacks(at time.Time, stacks []Stack) *Snapshot {
	s := &Snapshot{Time: at, Form: Memory, Profile: goroutineProfile}
	b := newBuilder(s)
	members := make([][]Goroutine, 0, len(stacks))
	for i := range stacks {
		at := b.add(&stacks[i])
		if at == len(members) {
			members = append(members, stacks[i].Goroutines)
			continue
		}
		members[at] = append(members[at], stacks[i].Goroutines...)
	}
	b.finish()
	for i := range s.Stacks {
		s.Stacks[i].Goroutines = members[i]
	}
	return s
}
