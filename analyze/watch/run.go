package watch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/recording"
	"github.com/logcap/logcap/analyze/scrape"
)

// Options say what is watched, how, and where it is kept.
type Options struct {
	Targets []scrape.Address
	Scrape  scrape.Options
	// Interval between ticks; 0: 1 s. Duration of the watch; 0: until the
	// context ends. Samples ends it after so many ticks; 0: no such end.
	Interval, Duration time.Duration
	Samples            int
	// Record is the folder of the recording; it must be new or empty.
	Record string
	// Thresholds of the judgement so far; the zero value means the defaults.
	Thresholds analyze.Thresholds
	// Progress is called after every scrape, from one goroutine at a time; nil: nobody looks.
	Progress func(Progress)
}

// Progress is what a watch knows so far of one target. Its pointers are good
// only until Progress returns.
type Progress struct {
	Target   int // index into Options.Targets
	Name     string
	Scrape   recording.Scrape // without its body
	Elapsed  time.Duration
	History  *analyze.History
	Analysis *analyze.Analysis // of the last judgement; nil before the first
	// Lost is why the recording is not whole; nil while it is. The watch goes on without it.
	Lost error
}

// judgeEvery is how often the findings so far are made: often enough to ask
// for dumps and traces in time, seldom enough to cost nothing.
const judgeEvery = 5 * time.Second

// liveBins is how many time bins a judgement so far fits: the rate's last
// digit does not matter yet, and all pairs of 60 cost a twentieth of 300's.
const liveBins = 60

// Run watches all targets until their time is over or ctx ends, keeps what
// they answer and loads it back. A target that cannot be reached at all is an
// error; those of several targets are joined, and the others' subjects stand.
// A recording that could not be written whole is a *LostError beside a subject
// that is made from memory.
//
// The subjects come in the order of their folders, as Load gives them.
func Run(ctx context.Context, o Options) ([]Subject, error) {
	watchers, err := newWatchers(o)
	if err != nil {
		return nil, err
	}
	var progress sync.Mutex
	errs := make([]error, len(watchers))
	var all errgroup.Group
	for i, w := range watchers {
		all.Go(func() error {
			errs[i] = w.run(ctx, o, &progress)
			return nil
		})
	}
	_ = all.Wait() // every watcher's error is in errs
	var subjects []Subject
	for i, w := range watchers {
		if errs[i] != nil {
			continue
		}
		s, err := w.subject()
		if err != nil {
			errs[i] = err
			continue
		}
		subjects = append(subjects, *s)
		if w.lost != nil {
			errs[i] = &LostError{Name: w.name, Err: w.lost}
		}
	}
	// In the order in which a recording of several targets is read back.
	slices.SortStableFunc(subjects, func(x, y Subject) int { return strings.Compare(x.Inputs[0], y.Inputs[0]) })
	return subjects, errors.Join(errs...)
}

// LostError is a watch whose recording is not whole.
type LostError struct {
	Name string // of the target
	Err  error  // the first write that failed
}

func (e *LostError) Error() string {
	return fmt.Sprintf("record %s: the recording is not whole, the report is made from memory: %v", e.Name, e.Err)
}

// Unwrap gives the write that failed.
func (e *LostError) Unwrap() error { return e.Err }

// watcher is one target's watch.
type watcher struct {
	index  int
	name   string
	asker  scrape.Asker
	writer *recording.Writer
	dir    string
	target recording.Target
	folder *folder
	th     analyze.Thresholds
	// lost is why the recording is not whole; nil while it is.
	lost error

	mu       sync.Mutex
	analysis *analyze.Analysis
	wish     analyze.Wish
	judged   time.Time
}

func newWatchers(o Options) ([]*watcher, error) {
	targets := make([]recording.Target, len(o.Targets))
	for i, a := range o.Targets {
		targets[i] = a.Target()
	}
	askers := make([]scrape.Asker, len(o.Targets))
	for i, a := range o.Targets {
		asker, version, err := open(a, o.Scrape)
		if err != nil {
			return nil, errors.Join(err, closeAll(askers[:i]))
		}
		askers[i], targets[i].GoVersion = asker, version
	}
	writers, err := recording.CreateAll(o.Record, targets)
	if err != nil {
		return nil, errors.Join(err, closeAll(askers))
	}
	th := o.Thresholds
	if th == (analyze.Thresholds{}) {
		th = analyze.DefaultThresholds()
	}
	th.Growth.Bins = liveBins
	watchers := make([]*watcher, len(targets))
	for i := range watchers {
		watchers[i] = &watcher{index: i, name: targets[i].Name, asker: askers[i], writer: writers[i], dir: writers[i].Dir(),
			target: targets[i], folder: newFolder(targets[i], false), th: th}
	}
	return watchers, nil
}

func closeAll(askers []scrape.Asker) error {
	var errs []error
	for _, c := range askers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// run watches until the end and closes what the watcher holds.
func (w *watcher) run(ctx context.Context, o Options, progress *sync.Mutex) error {
	plan := scrape.Plan{Interval: o.Interval, Duration: o.Duration, Samples: o.Samples, Suspicion: w.suspicion}
	err := scrape.Watch(ctx, w.asker, plan, func(r scrape.Result) {
		w.take(r)
		if o.Progress == nil {
			return
		}
		seen := r.Scrape
		seen.Body = nil
		progress.Lock()
		defer progress.Unlock()
		h := w.folder.History()
		o.Progress(Progress{Target: w.index, Name: w.name, Scrape: seen, Elapsed: h.End.Sub(h.Start), History: h, Analysis: w.analysis, Lost: w.lost})
	})
	if err != nil {
		return errors.Join(err, w.writer.Discard(), w.asker.Close())
	}
	if w.folder.goVersion != "" {
		w.target.GoVersion = w.folder.goVersion
		if e := w.writer.SetTarget(w.target); e != nil {
			w.lose(e)
		}
	}
	if e := w.writer.Close(); e != nil {
		w.lose(e)
	}
	return w.asker.Close()
}

// take keeps a result and folds it. A recording that cannot be written, as on
// a full disk, does not end the watch.
func (w *watcher) take(r scrape.Result) {
	if _, err := w.writer.Append(r.Scrape); err != nil {
		w.lose(err)
	}
	p := parsed{snapshot: r.Snapshot, trace: r.Trace, births: r.News}
	if p.empty() {
		var err error
		if p, err = parse(r.Scrape); err != nil {
			w.folder.Warn(fmt.Sprintf("%s: %v", r.Kind, err))
		}
	}
	w.folder.add(r.Scrape, p)
	if r.Time.Sub(w.judged) >= judgeEvery {
		w.judged = r.Time
		a := analyze.Detect(w.folder.History(), w.th)
		w.mu.Lock()
		w.analysis, w.wish = a, analyze.WishFor(a)
		w.mu.Unlock()
	}
}

func (w *watcher) lose(err error) {
	if w.lost == nil {
		w.lost = err
		w.folder.Warn("the recording is not whole, and this report is made from memory: " + shortError(err))
	}
}

// suspicion passes on what the judge would like to see next.
func (w *watcher) suspicion() scrape.Suspicion {
	w.mu.Lock()
	defer w.mu.Unlock()
	return scrape.Suspicion{Dump: w.wish.Dump, Trace: w.wish.Trace, Leak: w.wish.Leak}
}

// subject is the history read back from the recording; from memory when the
// recording is not whole.
func (w *watcher) subject() (*Subject, error) {
	if w.lost != nil {
		return &Subject{Name: w.name, History: w.folder.history(), Inputs: []string{w.dir}}, nil
	}
	rec, err := recording.Open(w.dir)
	if err != nil {
		return nil, err
	}
	h, err := historyOf(rec)
	if err != nil {
		return nil, err
	}
	return &Subject{Name: w.name, History: h, Sources: rec.Sources(), Inputs: []string{w.dir}}, nil
}
