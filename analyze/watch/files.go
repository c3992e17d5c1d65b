package watch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/logcap/logcap/analyze/evidence"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/recording"
)

// InputError is an input that could not be read.
type InputError struct {
	Name string
	Err  error
	hint string
}

func (e *InputError) Error() string { return fmt.Sprintf("read %q: %v", e.Name, e.Err) }
func (e *InputError) Unwrap() error { return e.Err }

// Hint is the next step; "" when there is none.
func (e *InputError) Hint() string { return e.hint }

func inputError(name string, err error) error {
	e := &InputError{Name: name, Err: err}
	var path *os.PathError
	if errors.As(err, &path) {
		e.Err = path.Err
	}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		e.hint = hinted.Hint()
	}
	if errors.Is(err, fs.ErrNotExist) {
		e.hint = "an input is a recording, profile, dump or log; a process is watched with logcap leak-watch"
	}
	return e
}

// loadFiles folds bare files into the history of one process.
func loadFiles(names []string, stdin io.Reader) (*Subject, error) {
	s := &Subject{Name: filepath.Base(names[0]), Inputs: names}
	if names[0] == "-" {
		s.Name = "standard input"
	}
	f := newFolder(recording.Target{Name: s.Name, Kind: "file"}, false)
	var next time.Time // of a file that states no time
	untimed := 0
	for _, name := range names {
		snapshot, src, cut, err := f.readFile(name, stdin)
		if err != nil {
			return nil, inputError(name, err)
		}
		if cut {
			s.Cut = append(s.Cut, name)
		}
		s.Sources = append(s.Sources, src)
		if snapshot == nil {
			continue
		}
		at := snapshot.Time
		if at.IsZero() {
			at = next
			untimed++
		}
		next = at.Add(time.Second)
		f.addFile(at, snapshot)
	}
	if untimed > 0 && len(names) > 1 {
		f.Warn(fmt.Sprintf("%d of %d files state no time: they are taken in the order given, a second apart, and rates mean nothing", untimed, len(names)))
	}
	s.History = f.history()
	return s, nil
}

// readFile reads a profile or dump as it streams by, and folds a log at once:
// then there is no snapshot. cut says that the file ends too early.
func (f *folder) readFile(name string, stdin io.Reader) (snapshot *goroutine.Snapshot, src recording.Source, cut bool, err error) {
	in, err := openInput(name, stdin)
	if err != nil {
		return nil, src, false, err
	}
	defer in.Close()
	head, err := in.Peek(sniffLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, src, false, err
	}
	if evidence.LooksLikeLog(head) {
		cut, err = f.addLog(in)
	} else if snapshot, err = goroutine.Read(in, goroutine.Options{}); err == nil {
		cut = snapshot.Truncated || snapshot.Declared > snapshot.Total
	}
	if err != nil {
		return nil, src, false, err
	}
	src, err = in.source()
	return snapshot, src, cut, err
}

// addFile adds one snapshot: a tick, and a dump or a leak profile as well. A
// dump of a leak profile lists every goroutine and tags the leaked ones; the
// other forms list only those.
func (f *folder) addFile(at time.Time, snapshot *goroutine.Snapshot) {
	for _, w := range snapshot.Warnings {
		f.Warn(fmt.Sprintf("line %d: %s", w.Line, w.Text))
	}
	dump := snapshot.Form == goroutine.Debug2 || snapshot.Form == goroutine.Crash
	leaks := snapshot.Profile == string(recording.Leak)
	if dump || !leaks {
		f.Counts(at, snapshot)
	}
	if dump {
		f.Dump(at, snapshot)
	}
	if leaks {
		f.Leak(at, snapshot)
	}
}

// addLog adds the counts that log lines tell, and says whether the log breaks off.
func (f *folder) addLog(r io.Reader) (cut bool, err error) {
	log, err := evidence.ReadLog(r)
	if err != nil {
		return false, err
	}
	if log.Baseline != nil && len(log.Points) > 0 && !log.BaselineTime.IsZero() {
		f.Total(log.BaselineTime, *log.Baseline)
	}
	for _, p := range log.Points {
		f.Total(p.Time, p.Count)
		if p.Line != "" { // the middle of a very long log is not quoted
			f.LogLine(p.Line)
		}
	}
	if log.BaselineNote != "" {
		f.Warn(log.BaselineNote)
	}
	if log.Silent {
		f.Warn("the logger that wrote these lines is silent when nothing changes: what lies between and after them is not known")
	}
	for _, w := range log.Warnings {
		f.Warn(w)
	}
	f.Warn("counts alone say how many goroutines there were, not which: no site can be named from them")
	return log.Cut, nil
}
