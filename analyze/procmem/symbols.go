package procmem

import (
	"strings"

	"github.com/logcap/logcap/analyze/goroutine"
)

// symbols remembers what program counters mean. A program has few thousand that
// are ever asked for.
type symbols struct {
	im      *image
	calls   map[call][]goroutine.Frame
	creator map[uint64]goroutine.Frame
	entries map[uint64]goroutine.Frame
	names   map[uint64]string
	others  map[uint64]bool
}

// maxSymbols bounds each table; a fuller one is begun anew.
const maxSymbols = 1 << 16

func newSymbols(im *image) *symbols {
	return &symbols{im: im, calls: map[call][]goroutine.Frame{}, creator: map[uint64]goroutine.Frame{}, entries: map[uint64]goroutine.Frame{}, names: map[uint64]string{}, others: map[uint64]bool{}}
}

// stack lists all frames of a path, inlined calls included, without goexit.
func (s *symbols) stack(u *unwinder, path int32) []goroutine.Frame {
	calls := u.calls(path)
	if u.nodes[path].kind == callTop && len(calls) > 1 {
		calls = calls[:len(calls)-1]
	}
	var out []goroutine.Frame
	for _, c := range calls {
		out = append(out, s.at(c)...)
	}
	return out
}

func (s *symbols) at(c call) []goroutine.Frame {
	frames, ok := s.calls[c]
	if !ok {
		frames = s.im.funcs.frames(c.pc-s.im.bias, c.exact)
		if len(s.calls) >= maxSymbols {
			clear(s.calls)
		}
		s.calls[c] = frames
	}
	return frames
}

// created is the go statement in front of a goroutine's gopc.
func (s *symbols) created(pc uint64) goroutine.Frame {
	f, ok := s.creator[pc]
	if !ok {
		f = s.im.funcs.created(pc - s.im.bias)
		if len(s.creator) >= maxSymbols {
			clear(s.creator)
		}
		s.creator[pc] = f
	}
	return f
}

// entry is the function a goroutine begins in, as a frame at its first line;
// behind the compiler's wrapper, the one that is wrapped.
func (s *symbols) entry(startPC uint64) goroutine.Frame {
	f, ok := s.entries[startPC]
	if !ok {
		f = s.findEntry(startPC)
		if len(s.entries) >= maxSymbols {
			clear(s.entries)
		}
		s.entries[startPC] = f
	}
	return f
}

// isWrapped knows what the compiler puts around a call in a go statement.
func (s *symbols) isWrapped(startPC uint64) bool {
	name := s.function(startPC)
	return strings.Contains(name, ".gowrap") || strings.HasSuffix(name, "-fm")
}

func (s *symbols) findEntry(startPC uint64) goroutine.Frame {
	fn, ok := s.im.funcs.at(startPC - s.im.bias)
	if !ok {
		return goroutine.Frame{}
	}
	if s.isWrapped(startPC) {
		if f, ok := s.im.wrapped(fn); ok {
			return f
		}
	}
	f := s.im.funcs.frame(fn, fn.entry, fn.nameOff, fn.startLine)
	f.Line = f.Start
	return f
}

// function names the function that begins at an address.
func (s *symbols) function(startPC uint64) string {
	name, ok := s.names[startPC]
	if !ok {
		if f, ok := s.im.funcs.at(startPC - s.im.bias); ok {
			name = s.im.funcs.name(f.nameOff)
		}
		if len(s.names) >= maxSymbols {
			clear(s.names)
		}
		s.names[startPC] = name
	}
	return name
}

// isUser is the runtime's own rule for which goroutines a traceback shows.
func (s *symbols) isUser(startPC uint64) bool {
	switch name := s.function(startPC); name {
	case "runtime.main", "runtime.corostart", "runtime.handleAsyncEvent":
		return true
	default:
		return !strings.HasPrefix(name, "runtime.")
	}
}

// startsOthers says that a goroutine which begins there can run any function: a
// library's launcher, or the compiler's wrapper around a call through a value or
// of a launcher.
func (s *symbols) startsOthers(startPC uint64) bool {
	any, ok := s.others[startPC]
	if !ok {
		any = s.launches(startPC)
		if len(s.others) >= maxSymbols {
			clear(s.others)
		}
		s.others[startPC] = any
	}
	return any
}

func (s *symbols) launches(startPC uint64) bool {
	name := s.function(startPC)
	if goroutine.IsLauncher(goroutine.Normalise(name)) {
		return true
	}
	if !strings.Contains(name, ".gowrap") {
		return false
	}
	fn, ok := s.im.funcs.at(startPC - s.im.bias)
	if !ok {
		return true
	}
	targets, all := s.im.calls(s.im.code(fn), fn.entry)
	for _, to := range targets {
		f, ok := s.im.funcs.at(to)
		if !ok || goroutine.IsLauncher(goroutine.Normalise(s.im.funcs.name(f.nameOff))) {
			return true
		}
	}
	return !all
}
