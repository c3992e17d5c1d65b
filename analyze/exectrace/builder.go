package exectrace

import (
	"strings"

	"golang.org/x/exp/trace"

	"github.com/logcap/logcap/analyze/goroutine"
)

// builder folds events into a Trace.
type builder struct {
	trace       *Trace
	first, last trace.Time
	started     bool
	// stacks shares one slice among all events of a generation with the same
	// stack: a loop of ten thousand births has one creator's stack.
	stacks map[trace.Stack][]goroutine.Frame
	// unkeyed is by goroutine: the births begun by a launcher whose real entry
	// no stack has shown yet, as index into trace.Births.
	unkeyed map[uint64]int
	// reasons is why each goroutine went to wait last, in the tracer's words.
	reasons map[uint64]string
}

func newBuilder(version string) *builder {
	return &builder{
		trace:   &Trace{GoVersion: version, Activity: make(map[uint64]Activity)},
		stacks:  make(map[trace.Stack][]goroutine.Frame),
		unkeyed: make(map[uint64]int),
		reasons: make(map[uint64]string),
	}
}

func (b *builder) finish() *Trace {
	b.trace.Seconds = b.last.Sub(b.first).Seconds()
	return b.trace
}

func (b *builder) event(ev trace.Event) {
	if ev.Kind() == trace.EventSync {
		// A sync begins a generation with tables of its own; the old ones may go.
		clear(b.stacks)
		return
	}
	if !b.started {
		b.started, b.first = true, ev.Time()
	}
	b.last = ev.Time()
	if ev.Kind() != trace.EventStateTransition {
		return
	}
	st := ev.StateTransition()
	if st.Resource.Kind != trace.ResourceGoroutine {
		return
	}
	from, to := st.Goroutine()
	id := uint64(st.Resource.Goroutine())
	b.activity(id, from, to)
	b.wakes(id, from, to, ev, st)
	if from == trace.GoNotExist {
		b.birth(id, ev, st)
		return
	}
	if st.Stack != trace.NoStack {
		b.showEntry(id, st.Stack)
	}
}

// activity counts a goroutine's step. From a system call back to running is no
// scheduling: it had kept its thread.
func (b *builder) activity(id uint64, from, to trace.GoState) {
	a := b.trace.Activity[id]
	switch {
	case from == trace.GoRunnable && to == trace.GoRunning:
		a.Runs++
	case to == trace.GoNotExist:
		a.Ended = true
	}
	b.trace.Activity[id] = a
}

// wakes counts the waits that something outside the goroutine ended. The
// runtime wakes a sleeper, and a receiver or select on a timer's channel, with
// no goroutine to name; it wakes a reader of the network so too, whose reason tells it apart.
func (b *builder) wakes(id uint64, from, to trace.GoState, ev trace.Event, st trace.StateTransition) {
	switch {
	case from == trace.GoRunning && to == trace.GoWaiting:
		b.reasons[id] = st.Reason
	case from == trace.GoWaiting && to == trace.GoRunnable:
		if ev.Goroutine() != trace.NoGoroutine || b.reasons[id] == "network" {
			a := b.trace.Activity[id]
			a.Woken++
			b.trace.Activity[id] = a
		}
	}
}

// birth keeps a creation: the event's stack is the creator's, the transition's
// stack is where the new goroutine starts.
func (b *builder) birth(id uint64, ev trace.Event, st trace.StateTransition) {
	entry := b.frames(st.Stack)
	creator := b.frames(ev.Stack())
	if len(entry) == 0 || byTracer(entry) || byTracer(creator) {
		return
	}
	birth := Birth{ID: id, Entry: entry[len(entry)-1], Creator: creator}
	birth.Entry.Start = birth.Entry.Line // a goroutine starts where its function does
	if parent := ev.Goroutine(); parent != trace.NoGoroutine {
		birth.Parent = uint64(parent)
	}
	if goroutine.IsLauncher(birth.Entry.Func) {
		b.unkeyed[id] = len(b.trace.Births)
	} else {
		birth.Key, _ = goroutine.KeyOf(entry)
	}
	b.trace.Births = append(b.trace.Births, birth)
}

// showEntry gives a launched goroutine its entry from a stack of its own.
func (b *builder) showEntry(id uint64, stack trace.Stack) {
	at, wanted := b.unkeyed[id]
	if !wanted {
		return
	}
	frames := b.frames(stack)
	// A stack as deep as the tracer goes may lack its bottom.
	if len(frames) == 0 || len(frames) >= maxDepth {
		return
	}
	key, entry := goroutine.KeyOf(frames)
	if goroutine.IsLauncher(entry.Func) {
		return // not yet in anybody's code, or already out of it
	}
	birth := &b.trace.Births[at]
	birth.Key, birth.Entry = key, entry
	delete(b.unkeyed, id)
}

// maxDepth is the number of frames at which the runtime's tracer stops
// (tracev2.MaxFramesPerStack in the Go tree).
const maxDepth = 128

func (b *builder) frames(s trace.Stack) []goroutine.Frame {
	if s == trace.NoStack {
		return nil
	}
	if known, ok := b.stacks[s]; ok {
		return known
	}
	var frames []goroutine.Frame
	for f := range s.Frames() {
		if f.Func != "runtime.goexit" {
			frames = append(frames, frame(f))
		}
	}
	b.stacks[s] = frames
	return frames
}

// byTracer says whether a stack is the tracer at work: the goroutines it
// starts for itself exist because we looked.
func byTracer(frames []goroutine.Frame) bool {
	for _, f := range frames {
		if strings.HasPrefix(f.Func, "runtime/trace.") || strings.HasPrefix(f.Func, "runtime.StartTrace") ||
			strings.HasPrefix(f.Func, "runtime.(*traceAdvancerState)") || strings.HasPrefix(f.Func, "runtime.traceStartReadCPU") {
			return true
		}
	}
	return false
}
