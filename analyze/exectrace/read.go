package exectrace

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/exp/trace"

	"github.com/logcap/logcap/analyze/goroutine"
)

// Read reads a runtime execution trace, as runtime/trace and
// /debug/pprof/trace write it (Go 1.21 and later).
//
// A trace that breaks off or contradicts itself gives what came before, with
// Truncated set: the writer flushes about once a second, so whole seconds
// survive, and a cut exactly between two flushes does not show. Only an input that is no execution trace at all is an error.
func Read(r io.Reader) (*Trace, error) {
	h := &head{r: r}
	tr, err := open(h)
	version, ok := h.version()
	if !ok {
		return nil, fmt.Errorf("read execution trace: the input does not begin with a trace header")
	}
	b := newBuilder(version)
	if err == nil {
		err = b.readAll(tr)
	}
	// A whole trace has at least the events that begin it.
	b.trace.Truncated = err != nil || !b.started
	return b.finish(), nil
}

// open wraps trace.NewReader, which for the format before Go 1.22 parses the
// whole input at once.
func open(r io.Reader) (tr *trace.Reader, err error) {
	defer recoverAs(&err)
	return trace.NewReader(r)
}

// readAll feeds every event to the builder; nil means that the trace is whole.
func (b *builder) readAll(tr *trace.Reader) (err error) {
	defer recoverAs(&err)
	for {
		ev, err := tr.ReadEvent()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		b.event(ev)
	}
}

// recoverAs turns a panic of the trace library into an error: it panics on
// tables that contradict their own indices, and the bytes are the target's.
func recoverAs(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the trace contradicts itself: %v", p)
	}
}

// head keeps the first bytes that pass through it.
type head struct {
	r     io.Reader
	first []byte
}

// headerLen is the length of "go 1.26 trace\x00\x00\x00", the header every
// trace begins with (internal/trace/version in the Go tree).
const headerLen = 16

func (h *head) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if need := headerLen - len(h.first); need > 0 {
		h.first = append(h.first, p[:min(n, need)]...)
	}
	return n, err
}

// version gives "go1.26" for a header that reads "go 1.26 trace".
func (h *head) version() (string, bool) {
	number, ok := strings.CutPrefix(string(h.first), "go ")
	if !ok || len(h.first) < headerLen {
		return "", false
	}
	number, rest, ok := strings.Cut(number, " trace")
	if !ok || strings.Trim(rest, "\x00") != "" || strings.Trim(number, "0123456789.") != "" {
		return "", false
	}
	return "go" + number, true
}

// frame converts one frame of the trace library, with the name every other form uses.
func frame(f trace.StackFrame) goroutine.Frame {
	return goroutine.Frame{Func: goroutine.Normalise(f.Func), File: f.File, Line: int(f.Line)}
}
