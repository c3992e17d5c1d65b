package watch

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/lineage"
	"github.com/logcap/logcap/analyze/procmem"
	"github.com/logcap/logcap/analyze/recording"
)

// aboutCore is what is to be said of a core file beside its goroutines.
type aboutCore struct {
	pid      int
	births   *lineage.News
	version  string
	source   recording.Source
	cut      bool
	warnings []string
}

// readCore reads the goroutines in a core file. Its checksum is not made: that
// would read all of it, and a core can have the size of the machine's memory.
func readCore(name, exe string) (*goroutine.Snapshot, aboutCore, error) {
	if name == "-" {
		return nil, aboutCore{}, fmt.Errorf("a core file is read here and there, which standard input does not allow")
	}
	r, c, err := procmem.OpenCore(name, exe)
	if err != nil {
		return nil, aboutCore{}, err
	}
	s, _, err := r.Snapshot(procmem.Options{})
	var births *lineage.News
	if err == nil {
		births, err = bornIn(r)
	}
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, aboutCore{}, err
	}
	about := aboutCore{pid: c.PID, births: births, version: r.Build().GoVersion, cut: c.Missing > 0, source: recording.Source{Name: filepath.Base(name), Bytes: c.Bytes}}
	if c.Missing > 0 {
		about.warnings = append(about.warnings, fmt.Sprintf("%s is cut off: %d bytes of the memory that it lists are not in it", filepath.Base(name), c.Missing))
	}
	if !c.Matched {
		about.warnings = append(about.warnings, fmt.Sprintf("nothing in %s tells whether %s is the executable that ran: it fits", filepath.Base(name), c.Exe))
	}
	if s.Failed > 0 {
		about.warnings = append(about.warnings, fmt.Sprintf("%d goroutines could not be read from %s: they were running, or their memory is not in it", s.Failed, filepath.Base(name)))
	}
	if b := r.Build(); !b.Sure {
		about.warnings = append(about.warnings, fmt.Sprintf("%s is not a version that logcap knows: it is read by %s, which fits", b.GoVersion, b.Layout))
	}
	return s, about, nil
}

// bornIn are the births of all goroutines in a core and of their ancestors,
// the ended ones too whose structs were not used again.
func bornIn(r *procmem.Reader) (*lineage.News, error) {
	t := lineage.New(1 << 20)
	t.Begin()
	_, err := r.Scan(func(batch []procmem.G) error {
		for i := range batch {
			g := &batch[i]
			t.Saw(lineage.Sighting{ID: g.ID, Parent: g.Parent, GoPC: g.GoPC, StartPC: g.StartPC, Addr: g.Addr, Dead: g.Dead()})
		}
		return nil
	})
	t.End()
	news := t.Drain(r)
	return &news, err
}

// coreMoment is the snapshot alone, with what is to be said in its warnings.
func coreMoment(name, exe string) (*goroutine.Snapshot, error) {
	s, about, err := readCore(name, exe)
	if err != nil {
		return nil, inputError(name, err)
	}
	s.Truncated = about.cut
	for _, w := range about.warnings {
		s.Warnings = append(s.Warnings, goroutine.Warning{Text: w})
	}
	return s, nil
}
