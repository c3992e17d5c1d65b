package goroutine

import (
	"maps"
	"slices"
	"strconv"
)

// maxWarnings bounds what one broken input can make us keep; the last one kept
// says that there are more.
const maxWarnings = 100

func (s *Snapshot) warn(line int, text string) {
	switch {
	case len(s.Warnings) < maxWarnings:
		s.Warnings = append(s.Warnings, Warning{Line: line, Text: text})
	case len(s.Warnings) == maxWarnings:
		s.Warnings = append(s.Warnings, Warning{Line: line, Text: "more warnings follow; only the first " + strconv.Itoa(maxWarnings) + " are kept"})
	}
}

// builder gathers goroutines into stacks: equal frames, state, flags, creator,
// labels and ancestors are one Stack, in the order of first appearance.
type builder struct {
	s       *Snapshot
	byKey   map[string]int
	scratch []byte
	records records
}

func newBuilder(s *Snapshot) *builder {
	return &builder{s: s, byKey: map[string]int{}}
}

// add counts st.Count goroutines into the stack that equals st and tells its index.
func (b *builder) add(st *Stack) int {
	b.scratch = appendStack(b.scratch[:0], st)
	at, ok := b.byKey[string(b.scratch)]
	if !ok {
		at = len(b.s.Stacks)
		b.byKey[string(b.scratch)] = at
		kept := *st
		kept.Count = 0
		b.s.Stacks = append(b.s.Stacks, kept)
	}
	b.s.Stacks[at].Count += st.Count
	return at
}

// finish totals the counts and hands every stack its goroutines.
func (b *builder) finish() {
	b.s.Total = 0
	for i := range b.s.Stacks {
		b.s.Total += b.s.Stacks[i].Count
	}
	b.records.distribute(b.s.Stacks)
}

// appendStack writes everything that makes a stack itself. Lengths go before
// texts, so no hostile name can look like a boundary.
func appendStack(b []byte, st *Stack) []byte {
	b = appendText(b, string(st.State))
	for _, flag := range []bool{st.Range, st.Leaked, st.Locked} {
		if flag {
			b = append(b, '1')
		} else {
			b = append(b, '0')
		}
	}
	b = appendFrames(b, st.Frames)
	b = appendFrame(b, st.Created)
	for _, k := range slices.Sorted(maps.Keys(st.Labels)) {
		b = appendText(b, k)
		b = appendText(b, st.Labels[k])
	}
	for _, a := range st.Ancestors {
		b = append(b, 'A')
		b = appendFrames(b, a.Frames)
		b = appendFrame(b, a.Created)
	}
	return b
}

func appendFrames(b []byte, frames []Frame) []byte {
	b = strconv.AppendInt(b, int64(len(frames)), 10)
	b = append(b, ':')
	for _, f := range frames {
		b = appendFrame(b, f)
	}
	return b
}

func appendFrame(b []byte, f Frame) []byte {
	b = appendText(b, f.Func)
	b = appendText(b, f.File)
	b = strconv.AppendInt(b, int64(f.Line), 10)
	b = append(b, ',')
	b = strconv.AppendInt(b, int64(f.Start), 10)
	return append(b, ';')
}

func appendText(b []byte, s string) []byte {
	b = strconv.AppendInt(b, int64(len(s)), 10)
	b = append(b, ':')
	return append(b, s...)
}
