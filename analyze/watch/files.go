package watch

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/logcap/logcap/analyze/evidence"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/lineage"
	"github.com/logcap/logcap/analyze/procmem"
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
func loadFiles(names []string, from From) (*Subject, error) {
	s := &Subject{Name: filepath.Base(names[0]), Inputs: names}
	if names[0] == "-" {
		s.Name = "standard input"
	}
	f := newFolder(recording.Target{Name: s.Name, Kind: "file"}, false)
	var all []moment
	untimed := 0
	for _, name := range names {
		read, src, cut, err := f.readFile(name, from)
		if err != nil {
			return nil, inputError(name, err)
		}
		if cut {
			s.Cut = append(s.Cut, name)
		}
		s.Sources = append(s.Sources, src)
		if len(read) == 1 && read[0].at.IsZero() {
			untimed++
		}
		all = append(all, read...)
	}
	inOrder(all)
	for _, m := range all {
		f.addMoment(m)
	}
	if untimed > 0 && len(names) > 1 {
		f.Warn(fmt.Sprintf("%d of %d files state no time: they are taken in the order given, a second apart, and rates mean nothing", untimed, len(names)))
	}
	s.History = f.history()
	return s, nil
}

// moment is what a bare file says of one time: a snapshot, or the count in a line of a log.
type moment struct {
	at       time.Time // zero when the file does not state it
	snapshot *goroutine.Snapshot
	births   *lineage.News // of a core file
	count    int
	line     string
}

// inOrder sorts by time, whatever order a shell gave the files. One without a
// time is a second after the one given before it, or before the first that has one.
func inOrder(all []moment) {
	timed := slices.IndexFunc(all, func(m moment) bool { return !m.at.IsZero() })
	for i := timed - 1; i >= 0; i-- {
		all[i].at = all[i+1].at.Add(-time.Second)
	}
	for i := 1; i < len(all); i++ {
		if all[i].at.IsZero() {
			all[i].at = all[i-1].at.Add(time.Second)
		}
	}
	slices.SortStableFunc(all, func(x, y moment) int { return x.at.Compare(y.at) })
}

func (f *folder) addMoment(m moment) {
	if m.snapshot != nil {
		f.addFile(m.at, m.snapshot)
		if m.births != nil {
			f.Births(m.at, m.births)
		}
		return
	}
	f.Total(m.at, m.count)
	if m.line != "" { // the middle of a very long log is not quoted
		f.LogLine(m.line)
	}
}

// readFile reads a profile, dump or log as it streams by. cut says that the
// file ends too early.
func (f *folder) readFile(name string, from From) (all []moment, src recording.Source, cut bool, err error) {
	in, err := openInput(name, from.Stdin)
	if err != nil {
		return nil, src, false, err
	}
	defer in.Close()
	head, err := in.Peek(sniffLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, src, false, err
	}
	if procmem.IsCore(head) {
		snapshot, about, err := readCore(name, from.Exe)
		if err != nil {
			return nil, src, false, err
		}
		f.learnVersion(about.version)
		for _, w := range about.warnings {
			f.Warn(w)
		}
		f.History().Target.PID = about.pid
		return []moment{{at: snapshot.Time, snapshot: snapshot, births: about.births}}, about.source, about.cut, nil
	}
	if evidence.LooksLikeLog(head) {
		all, cut, err = f.readLog(in)
	} else {
		var snapshot *goroutine.Snapshot
		if snapshot, err = goroutine.Read(in, goroutine.Options{}); err != nil {
			return nil, src, false, err
		}
		all = []moment{{at: snapshot.Time, snapshot: snapshot}}
		cut = snapshot.Truncated || snapshot.Declared > snapshot.Total
	}
	if err != nil {
		return nil, src, false, err
	}
	src, err = in.source()
	return all, src, cut, err
}

// addFile adds one snapshot: a tick, and a dump or a leak profile as well. A
// dump of a leak profile lists every goroutine and tags the leaked ones; the
// other forms list only those.
func (f *folder) addFile(at time.Time, snapshot *goroutine.Snapshot) {
	for _, w := range snapshot.Warnings {
		f.Warn(fmt.Sprintf("line %d: %s", w.Line, w.Text))
	}
	dump := snapshot.Form.Lists()
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

// readLog gives the counts that log lines tell, and says whether the log breaks off.
func (f *folder) readLog(r io.Reader) (all []moment, cut bool, err error) {
	log, err := evidence.ReadLog(r)
	if err != nil {
		return nil, false, err
	}
	if log.Baseline != nil && len(log.Points) > 0 && !log.BaselineTime.IsZero() {
		all = append(all, moment{at: log.BaselineTime, count: *log.Baseline})
	}
	for _, p := range log.Points {
		all = append(all, moment{at: p.Time, count: p.Count, line: p.Line})
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
	return all, log.Cut, nil
}
