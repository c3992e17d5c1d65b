package goroutine

import (
	"io"
	"maps"
	"slices"

	"github.com/google/pprof/profile"
)

// stateLabel is the label under which a written profile has the state, for
// go tool pprof -tags and -tagfocus.
const stateLabel = "state"

// WriteProto writes a snapshot as a gzipped pprof profile for go tool pprof:
// one sample a stack, its labels and its state. Ids, parents and go statements
// have no place there.
func WriteProto(w io.Writer, s *Snapshot) error {
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: goroutineProfile, Unit: "count"}},
		PeriodType: &profile.ValueType{Type: goroutineProfile, Unit: "count"},
		Period:     1,
	}
	if !s.Time.IsZero() {
		p.TimeNanos = s.Time.UnixNano()
	}
	b := protoWriter{p: p, functions: map[Frame]*profile.Function{}, locations: map[Frame]*profile.Location{}}
	for i := range s.Stacks {
		b.add(&s.Stacks[i])
	}
	return p.Write(w)
}

type protoWriter struct {
	p         *profile.Profile
	functions map[Frame]*profile.Function // by Func, File and Start
	locations map[Frame]*profile.Location
}

func (b *protoWriter) add(st *Stack) {
	sample := &profile.Sample{Value: []int64{int64(st.Count)}}
	for _, f := range st.Frames {
		sample.Location = append(sample.Location, b.location(f))
	}
	labels := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(st.Labels)) {
		labels[name] = []string{st.Labels[name]}
	}
	if _, taken := labels[stateLabel]; !taken && st.State != "" {
		labels[stateLabel] = []string{string(st.State)}
	}
	if len(labels) > 0 {
		sample.Label = labels
	}
	b.p.Sample = append(b.p.Sample, sample)
}

func (b *protoWriter) location(f Frame) *profile.Location {
	if known, ok := b.locations[f]; ok {
		return known
	}
	l := &profile.Location{ID: uint64(len(b.p.Location) + 1), Line: []profile.Line{{Function: b.function(f), Line: int64(f.Line)}}}
	b.p.Location = append(b.p.Location, l)
	b.locations[f] = l
	return l
}

func (b *protoWriter) function(f Frame) *profile.Function {
	f.Line = 0
	if known, ok := b.functions[f]; ok {
		return known
	}
	fn := &profile.Function{ID: uint64(len(b.p.Function) + 1), Name: f.Func, SystemName: f.Func, Filename: f.File, StartLine: int64(f.Start)}
	b.p.Function = append(b.p.Function, fn)
	b.functions[f] = fn
	return fn
}
