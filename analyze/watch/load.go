package watch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/recording"
)

// Subject is one target's history and what it was read from.
type Subject struct {
	// Name is the target's, or the input's when it names no target.
	Name    string
	History *analyze.History
	Sources []recording.Source
	// Input is what the user named: the folder or the files.
	Inputs []string
	// Several: the recording is of several targets, of which this is one, even
	// when the others could not be watched.
	Several bool
	// Cut names the bare files that end too early. What they hold was used.
	Cut []string
}

// From is what inputs need beside their names.
type From struct {
	// Stdin is what "-" stands for.
	Stdin io.Reader
	// Exe is the path of the executable that core files are of; "" for the one they name.
	Exe string
}

// Load reads inputs of every kind: recordings, each a subject or several; and
// bare profiles, dumps, core files and logs, which together are the history of one
// process, in order of their times. "-" is stdin.
func Load(inputs []string, from From) ([]Subject, error) {
	var subjects []Subject
	var files []string
	for _, in := range inputs {
		info, err := os.Stat(in)
		switch {
		case in == "-":
			files = append(files, in)
		case err != nil:
			return nil, inputError(in, err)
		case info.IsDir():
			more, err := loadRecordings(in)
			if err != nil {
				return nil, err
			}
			subjects = append(subjects, more...)
		default:
			files = append(files, in)
		}
	}
	if len(files) > 0 {
		s, err := loadFiles(files, from)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, *s)
	}
	return subjects, nil
}

func loadRecordings(dir string) ([]Subject, error) {
	all, err := recording.OpenAll(dir)
	if err != nil {
		return nil, err
	}
	subjects := make([]Subject, 0, len(all))
	for _, rec := range all {
		h, err := historyOf(rec)
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, Subject{Name: rec.Target.Name, History: h, Sources: rec.Sources(), Inputs: []string{dir}, Several: !recording.IsRecording(dir)})
	}
	return subjects, nil
}

// historyOf folds a recording. What cannot be read is said and left out; the
// total of a thinned profile still counts.
func historyOf(rec *recording.Recording) (*analyze.History, error) {
	f := newFolder(rec.Target, !slices.ContainsFunc(rec.Entries, isProto))
	for _, w := range rec.Warnings {
		f.Warn(w)
	}
	for _, e := range inTime(rec.Entries) {
		switch {
		case e.Time.IsZero():
			f.Warn(fmt.Sprintf("%s has no time and is left out", e.File))
			continue
		case e.File != "" && !e.Kept():
			if e.Kind == recording.Goroutine && e.Total > 0 {
				f.Total(e.Time, e.Total)
			}
			continue
		}
		s, err := rec.Read(e)
		if err != nil {
			f.Warn(shortError(err))
			continue
		}
		p, err := parse(s)
		if err != nil {
			f.Warn(fmt.Sprintf("%s: %v", e.File, err))
			continue
		}
		f.add(s, p)
	}
	return f.history(), nil
}

// inTime orders entries by their time: a trace is asked for before the ticks
// it runs beside and answered after them.
func inTime(entries []recording.Entry) []recording.Entry {
	sorted := slices.Clone(entries)
	slices.SortStableFunc(sorted, func(x, y recording.Entry) int { return x.Time.Compare(y.Time) })
	return sorted
}

func isProto(e recording.Entry) bool { return e.Kind == recording.Goroutine && e.File != "" }

// shortError leaves the folder's path out of a recording's error: a report
// must not depend on where its recording lies.
func shortError(err error) string {
	var e *recording.Error
	if errors.As(err, &e) {
		return fmt.Sprintf("%s %s: %v", e.Op, filepath.Base(e.Path), e.Err)
	}
	return err.Error()
}

func newFolder(t recording.Target, dumpsCount bool) *folder {
	b := analyze.NewBuilder(analyze.Target{Name: t.Name, Kind: t.Kind, URL: t.URL, PID: t.PID, GoVersion: t.GoVersion})
	return &folder{Builder: b, dumpsCount: dumpsCount, goVersion: t.GoVersion}
}

// history is what was folded, with the Go version that turned up on the way.
func (f *folder) history() *analyze.History {
	h := f.History()
	h.Target.GoVersion = f.goVersion
	return h
}
