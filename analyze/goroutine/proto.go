package goroutine

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/pprof/profile"
)

// ReadProto reads a goroutine or goroutineleak profile in pprof's protocol
// buffer form (debug=0), not compressed. A delta profile (seconds=N) may hold
// negative counts and stacks without frames.
func ReadProto(r io.Reader) (*Snapshot, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxProto+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxProto {
		return nil, errTooLarge(maxProto)
	}
	if len(data) == 0 {
		return nil, errEmpty()
	}
	p, err := profile.ParseUncompressed(data)
	if err != nil {
		return nil, protoError(data, err)
	}
	name, err := profileName(p)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{Form: Proto, Profile: name}
	if p.TimeNanos > 0 {
		s.Time = time.Unix(0, p.TimeNanos).UTC()
	}
	b := newBuilder(s)
	deep, incomplete := 0, 0
	for _, sample := range p.Sample {
		// A profile that is cut between two messages parses, without the tables
		// that its samples refer to.
		if len(sample.Value) == 0 || slices.Contains(sample.Location, nil) {
			incomplete++
			continue
		}
		frames, lines := protoFrames(sample.Location)
		if lines == maxProtoDepth121 || lines == maxProtoDepth {
			deep++
		}
		state, rangeRecv := parked(frames)
		b.add(&Stack{
			Frames: visible(frames),
			State:  state,
			Range:  rangeRecv,
			Labels: protoLabels(sample),
			Count:  int(sample.Value[0]),
			Leaked: name == leakProfile,
		})
	}
	if incomplete > 0 && incomplete == len(p.Sample) {
		return nil, errCut("the profile", nil)
	}
	b.finish()
	if incomplete > 0 {
		s.Truncated = true
		s.warn(0, strconv.Itoa(incomplete)+" samples refer to what the profile does not hold, and are skipped: it is cut off")
	}
	if deep > 0 {
		s.warn(0, strconv.Itoa(deep)+" stacks are as deep as the profile goes; their outermost frames, and so their entry, may be missing")
	}
	return s, nil
}

// maxProto bounds in bytes what is held of a decompressed profile: it names
// each stack once, and a hundred thousand different ones of 40 frames take 40 MB.
const maxProto = 256 << 20

const (
	goroutineProfile = "goroutine"
	leakProfile      = "goroutineleak"
	// The runtime keeps this many frames of a stack (runtime.Callers depth of
	// runtime/pprof): 32 up to Go 1.22, 128 from 1.23 on. One is runtime.goexit,
	// which the proto drops, so a whole stack of this depth shows one fewer.
	maxProtoDepth121 = 32
	maxProtoDepth    = 128
)

// protoError tells a proto that ends too early from bytes that are none.
func protoError(data []byte, err error) error {
	if looksLikeProto(data) {
		return errCut("the profile", err)
	}
	return errNotAProfile(data[:min(len(data), sniffLen)])
}

// looksLikeProto knows how every profile of the Go runtime begins: a
// period_type or sample_type message whose first field is a string index.
func looksLikeProto(data []byte) bool {
	return len(data) >= 3 && (data[0] == 0x0a || data[0] == 0x5a) && data[1] < 0x20 && data[2] == 0x08
}

// beginsLikeProto says whether the first bytes can be those of any profile
// message: a field that it has, of the wire type that field has. Numbers and
// types are those of profile.proto in google/pprof.
func beginsLikeProto(data []byte) bool {
	const varint, bytes = 0, 2
	if len(data) == 0 {
		return false
	}
	switch field, wire := data[0]>>3, data[0]&7; field {
	case 1, 2, 3, 4, 5, 6, 11, 13: // messages, strings, packed numbers
		return wire == bytes || field == 13 && wire == varint
	case 7, 8, 9, 10, 12, 14, 15:
		return wire == varint || field == 15 && wire == bytes
	}
	return false
}

// profileName tells what a profile is of by its sample types.
func profileName(p *profile.Profile) (string, error) {
	var types []string
	for _, t := range p.SampleType {
		types = append(types, t.Type)
	}
	has := func(t string) bool { return slices.Contains(types, t) }
	switch {
	case len(types) == 1 && (types[0] == goroutineProfile || types[0] == leakProfile):
		return types[0], nil
	case has("inuse_space"), has("alloc_space"), has("inuse_objects"):
		return "", errOther("heap profile")
	case has("cpu"):
		return "", errOther("cpu profile")
	case has("contentions"):
		return "", errOther("mutex or block profile")
	case has("threadcreate"):
		return "", errOther("threadcreate profile")
	case len(types) == 0:
		return "", &FormatError{Problem: Damaged, What: "the profile has no sample type", hint: "take it again"}
	}
	return "", errOther(strings.Trim(printable([]byte(strings.Join(types, " and ")), 60), `"`) + " profile")
}

// protoFrames lists a sample's calls, inlined ones included, innermost first.
func protoFrames(locations []*profile.Location) (frames []Frame, lines int) {
	for _, loc := range locations {
		for _, line := range loc.Line {
			lines++
			if line.Function == nil {
				continue
			}
			frames = append(frames, Frame{
				Func:  Normalise(line.Function.Name),
				File:  line.Function.Filename,
				Line:  int(line.Line),
				Start: int(line.Function.StartLine),
			})
		}
		if len(loc.Line) == 0 && loc.Address != 0 {
			lines++
			frames = append(frames, Frame{Func: "0x" + strconv.FormatUint(loc.Address, 16)})
		}
	}
	return frames, lines
}

func protoLabels(sample *profile.Sample) map[string]string {
	if len(sample.Label) == 0 {
		return nil
	}
	labels := make(map[string]string, len(sample.Label))
	for k, v := range sample.Label {
		labels[k] = strings.Join(v, ",")
	}
	return labels
}
