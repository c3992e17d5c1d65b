package inspect

import (
	"errors"
	"fmt"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/process"
	"github.com/logcap/logcap/analyze/procmem"
	"github.com/logcap/logcap/analyze/scrape"
)

// trusted says whether what was just read is of the process that was opened: it
// may have ended, and its pid and memory be another's by now.
func (a *Asker) trusted(err error) error {
	if alive := a.process.Alive(); alive != nil {
		return alive
	}
	return inProcess(a.process.PID(), err)
}

// inProcess names the process in errors that do not.
func inProcess(pid int, err error) error {
	var e *procmem.Error
	if errors.As(err, &e) || errors.Is(err, procmem.ErrGone) || errors.Is(err, procmem.ErrReplaced) {
		return &process.Error{PID: pid, Err: err}
	}
	return err
}

// failure says what the user can do, and whether asking again makes sense.
func failure(err error) *scrape.Error {
	var known *scrape.Error
	if errors.As(err, &known) {
		return known
	}
	hint := ""
	for _, final := range []error{procmem.ErrGone, procmem.ErrReplaced, process.ErrGone, process.ErrZombie, process.ErrReused, process.ErrReplaced} {
		if errors.Is(err, final) {
			return scrape.FinalFailure(hint, err)
		}
	}
	return scrape.Failure(hintOf(err), err)
}

// hintOf finds the hint of the innermost error that has one.
func hintOf(err error) string {
	for hint := ""; ; {
		var hinted interface {
			error
			Hint() string
		}
		if !errors.As(err, &hinted) {
			return hint
		}
		if h := hinted.Hint(); h != "" {
			hint = h
		}
		err = errors.Unwrap(hinted)
	}
}

// buildDoubts are about a version of Go that is not known.
func buildDoubts(b procmem.Build) []string {
	switch {
	case !b.Sure && b.Layout == "dwarf":
		return []string{fmt.Sprintf("%s is not a version that logcap knows: its debugging information says where everything is, but the names of wait states are those of the newest known version", b.GoVersion)}
	case !b.Sure:
		return []string{fmt.Sprintf("%s is not a version that logcap knows: it is read as Go %s, which fits its memory so far; single fields may be wrong", b.GoVersion, b.Layout)}
	}
	return nil
}

// doubts are what is to be known about all that is read of the process.
func (a *Asker) doubts() []string {
	all := buildDoubts(a.reader.Build())
	info, err := a.process.Info()
	if err != nil {
		return all // it has ended; the next look says so
	}
	switch {
	case info.State == process.Traced:
		all = append(all, fmt.Sprintf("it is halted by a debugger, process %d (%s): its goroutines do not move while that lasts", info.Tracer, info.TracerName))
	case info.State == process.Stopped:
		all = append(all, "it is stopped by a signal: its goroutines do not move while that lasts")
	case info.Tracer != 0:
		all = append(all, fmt.Sprintf("a debugger is attached to it, process %d (%s): when that halts it, its goroutines do not move", info.Tracer, info.TracerName))
	}
	return all
}

// misread is said when more than one in a thousand goroutines could not be read.
func misread(s *goroutine.Snapshot) string {
	if s.Failed*1000 <= s.Total+s.Failed {
		return ""
	}
	return fmt.Sprintf("%d of %d goroutines changed each time they were read, and are left out or without their stack", s.Failed, s.Total+s.Failed)
}
