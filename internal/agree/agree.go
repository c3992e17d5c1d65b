// Package agree compares what was read from a process's memory with the dump
// that the process wrote of itself, goroutine by goroutine: who made it, where
// it waits, and every frame of its stack.
//
// It is in internal because tests and scripts use it and nothing that ships may.
package agree

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/goroutine"
)

// Row is one goroutine.
type Row struct {
	ID, Parent uint64
	State      goroutine.State
	Locked     bool
	Created    goroutine.Frame
	Labels     map[string]string
	// Frames are innermost first.
	Frames []goroutine.Frame
}

// Rows are a snapshot's goroutines by id; the form must have ids.
func Rows(s *goroutine.Snapshot) map[uint64]Row {
	rows := make(map[uint64]Row, s.Total)
	for i := range s.Stacks {
		st := &s.Stacks[i]
		for _, g := range st.Goroutines {
			rows[g.ID] = Row{ID: g.ID, Parent: g.Parent, State: st.State, Locked: st.Locked,
				Created: st.Created, Labels: st.Labels, Frames: st.Frames}
		}
	}
	return rows
}

// Field is what two descriptions of a goroutine can differ in.
type Field string

// The fields.
const (
	Presence Field = "presence" // only one of them has the goroutine
	Creation Field = "creation" // function, file or line of the go statement
	Parent   Field = "parent"
	State    Field = "state"
	Locked   Field = "locked"
	Labels   Field = "labels"
	Stack    Field = "stack"
)

// Difference is one thing on which memory and dump do not agree.
type Difference struct {
	ID           uint64
	Field        Field
	Memory, Dump string
}

func (d Difference) String() string {
	return fmt.Sprintf("goroutine %d: %s: memory says %s, the dump %s", d.ID, d.Field, d.Memory, d.Dump)
}

// Compare lists all differences, by id.
func Compare(memory, dump map[uint64]Row) []Difference {
	ids := make(map[uint64]Row, len(memory))
	maps.Copy(ids, memory)
	maps.Copy(ids, dump)
	var all []Difference
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		m, inMemory := memory[id]
		d, inDump := dump[id]
		switch {
		case !inMemory:
			all = append(all, Difference{id, Presence, "nothing", describe(d)})
		case !inDump:
			all = append(all, Difference{id, Presence, describe(m), "nothing"})
		default:
			all = append(all, compareRow(m, d)...)
		}
	}
	return all
}

func describe(r Row) string {
	return fmt.Sprintf("[%s] created by %s", r.State, position(r.Created))
}

func compareRow(m, d Row) []Difference {
	var all []Difference
	differ := func(f Field, memory, dump string) {
		if memory != dump {
			all = append(all, Difference{m.ID, f, memory, dump})
		}
	}
	differ(Creation, position(m.Created), position(d.Created))
	if d.Parent != 0 { // a dump that names no creator names no parent
		differ(Parent, fmt.Sprint(m.Parent), fmt.Sprint(d.Parent))
	}
	if len(d.Labels) > 0 { // most versions do not print them
		differ(Labels, fmt.Sprintf("%q", m.Labels), fmt.Sprintf("%q", d.Labels))
	}
	differ(Locked, fmt.Sprint(m.Locked), fmt.Sprint(d.Locked))
	if !computes(m, d) {
		differ(State, string(m.State), string(d.State))
	}
	if memory, dump, ok := sameStack(m, d); !ok {
		differ(Stack, memory, dump)
	}
	return all
}

// computes: who runs without a call is stopped for the dump, which lists it as runnable.
func computes(m, d Row) bool { return m.State == "running" && d.State == "runnable" }

func position(f goroutine.Frame) string {
	if f.Func == "" {
		return "nobody"
	}
	return at(f)
}

// The runtime prints so many frames from each end of a stack
// (tracebackInnerFrames and tracebackOuterFrames of src/runtime/traceback.go).
const printedEnd = 50

// sameStack compares frame by frame, as far as each of both can know: memory
// has no stack of a goroutine that runs, only its entry; a dump leaves out the
// middle of a long stack; and of a stack that is longer than is followed
// memory has the inner frames and the entry. Of one that has not run yet a dump
// shows nothing when the compiler has put a wrapper around its call; memory names the
// function. What differs first is given.
func sameStack(m, d Row) (memory, dump string, ok bool) {
	same, inner := true, len(d.Frames)
	switch {
	case m.State == "running" && len(m.Frames) <= 1:
		inner = 0
	case m.State == "runnable" && len(m.Frames) == 1 && len(d.Frames) == 0:
		return "", "", true
	case len(d.Frames) >= 2*printedEnd:
		inner = printedEnd
	default:
		same = len(m.Frames) == len(d.Frames)
	}
	for i := range inner {
		if i >= len(m.Frames) || at(m.Frames[i]) != at(d.Frames[i]) {
			return frameAt(m.Frames, i), frameAt(d.Frames, i), false
		}
	}
	if !same {
		return frameAt(m.Frames, inner), frameAt(d.Frames, inner), false
	}
	memory, dump = entry(m.Frames), entry(d.Frames)
	return memory, dump, memory == dump
}

func frameAt(frames []goroutine.Frame, i int) string {
	if i >= len(frames) {
		return fmt.Sprintf("%d frames", len(frames))
	}
	return fmt.Sprintf("frame %d is %s", i, at(frames[i]))
}

func at(f goroutine.Frame) string { return fmt.Sprintf("%s at %s:%d", f.Func, f.File, f.Line) }

func entry(frames []goroutine.Frame) string {
	if len(frames) == 0 {
		return "no frames"
	}
	return frames[len(frames)-1].Func
}

// text is all of a stack.
func text(frames []goroutine.Frame) string {
	var b strings.Builder
	for _, f := range frames {
		b.WriteString(at(f) + "\n")
	}
	return b.String()
}
