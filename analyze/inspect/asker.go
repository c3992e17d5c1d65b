// Package inspect asks a process on this machine what package scrape asks a
// target over HTTP, and answers in the same words: through the process's
// memory, which it neither stops nor changes.
package inspect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/lineage"
	"github.com/logcap/logcap/analyze/process"
	"github.com/logcap/logcap/analyze/procmem"
	"github.com/logcap/logcap/analyze/recording"
	"github.com/logcap/logcap/analyze/scrape"
)

// Options say how a process may be looked at.
type Options struct {
	// ScanInterval is the time between two light scans, which look for births;
	// 0: 50 ms. It is stretched so that they take at most ScanShare of a core; 0: 0.02.
	ScanInterval time.Duration
	ScanShare    float64
	// DumpCeiling is above how many goroutines not every one is listed; 0: 200,000.
	DumpCeiling int
	Force       bool // lift the limits on what looking may cost
	NoDumps     bool // never list goroutines one by one
}

// The defaults of Options.
const (
	DefaultScanInterval = 50 * time.Millisecond
	DefaultScanShare    = 0.02
	DefaultDumpCeiling  = 200_000
)

func (o Options) withDefaults() Options {
	if o.ScanInterval <= 0 {
		o.ScanInterval = DefaultScanInterval
	}
	if o.ScanShare <= 0 {
		o.ScanShare = DefaultScanShare
	}
	if o.DumpCeiling <= 0 {
		o.DumpCeiling = DefaultDumpCeiling
	}
	return o
}

// Asker asks one process. It is a scrape.Asker.
type Asker struct {
	process *process.Process
	opts    Options
	// mu guards the reader and the tracker, which the scans use too.
	mu      sync.Mutex
	reader  *procmem.Reader
	tracker *lineage.Tracker
	catch   catcher
	// told: the doubts were.
	told bool
	// scanErr is why the scans ended before they were told to.
	scanErr error

	stop context.CancelFunc
	done chan struct{}
}

// Open prepares to ask a process and begins to scan it. Close ends that.
func Open(pid int, o Options) (*Asker, error) {
	a, err := open(pid, o)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	a.stop, a.done = stop, make(chan struct{})
	go func() {
		defer close(a.done)
		a.scans(ctx)
	}()
	return a, nil
}

func open(pid int, o Options) (*Asker, error) {
	p, err := process.Open(pid)
	if err != nil {
		return nil, failure(err)
	}
	r, err := read(p)
	if err != nil {
		return nil, errors.Join(failure(err), p.Close())
	}
	return &Asker{process: p, opts: o.withDefaults(), reader: r, tracker: lineage.New(0), stop: func() {}}, nil
}

// read opens a process's memory once it is known that it may be read.
func read(p *process.Process) (*procmem.Reader, error) {
	if err := p.CheckAccess(); err != nil {
		return nil, err
	}
	r, err := procmem.OpenPID(p.PID())
	if alive := p.Alive(); alive != nil {
		if err == nil {
			err = r.Close()
		}
		return nil, errors.Join(alive, err)
	}
	if err != nil {
		return nil, inProcess(p.PID(), err)
	}
	return r, nil
}

// Moment reads one snapshot of a process, with the stack of every goroutine if all.
func Moment(pid int, all bool) (*goroutine.Snapshot, error) {
	a, err := open(pid, Options{})
	if err != nil {
		return nil, err
	}
	s, _, err := a.reader.Snapshot(procmem.Options{AllStacks: all})
	if err = errors.Join(a.trusted(err), a.Close()); err != nil {
		return nil, failure(err)
	}
	if s.Sampled > 0 {
		s.Warnings = append(s.Warnings, goroutine.Warning{Text: fmt.Sprintf("of %d goroutines the stacks of %d were read, some of each kind; --all-stacks reads all", s.Total, s.Sampled)})
	}
	if lost := misread(s); lost != "" {
		s.Warnings = append(s.Warnings, goroutine.Warning{Text: lost})
	}
	for _, w := range a.doubts() {
		s.Warnings = append(s.Warnings, goroutine.Warning{Text: w})
	}
	return s, nil
}

// Close ends the scans, waits for them, and gives the process's executable back.
func (a *Asker) Close() error {
	a.stop()
	if a.done != nil {
		<-a.done
	}
	return errors.Join(a.reader.Close(), a.process.Close())
}

// Policy is what looking may cost us: the process pays nothing.
func (a *Asker) Policy() scrape.Policy {
	return scrape.Policy{Local: true, Force: a.opts.Force, NoDumps: a.opts.NoDumps, NoTrace: true, DumpCeiling: a.opts.DumpCeiling}
}

// Build is what the process's executable says of itself.
func (a *Asker) Build() procmem.Build { return a.reader.Build() }

// Scrape looks once. Goroutine and Pprof are the goroutines by stack, Stacks
// lists each one, Births is what the scans learned since it was asked for last.
func (a *Asker) Scrape(ctx context.Context, kind recording.Kind) scrape.Result {
	a.mu.Lock()
	defer a.mu.Unlock()
	began := time.Now()
	res := scrape.Result{Scrape: recording.Scrape{Kind: kind, Time: began}}
	var body bytes.Buffer
	var err error
	switch kind {
	case recording.Goroutine, recording.Stacks, recording.Pprof:
		err = a.snapshot(kind, &res, &body)
	case recording.Births:
		err = a.births(&res, &body)
	case recording.Process:
		err = a.usage(ctx, &body)
	default:
		err = scrape.AbsentFailure(fmt.Errorf("process %d: a process's memory holds no %s", a.process.PID(), kind))
	}
	err = a.trusted(err)
	res.Took = time.Since(began)
	if err != nil {
		res.Failure = failure(err)
		res.Err, res.Snapshot = res.Failure.Error(), nil
		return res
	}
	res.Body = body.Bytes()
	return res
}

func (a *Asker) snapshot(kind recording.Kind, res *scrape.Result, body *bytes.Buffer) error {
	s, _, err := a.reader.Snapshot(procmem.Options{})
	if err != nil {
		return err
	}
	res.Time, res.Total = s.Time, s.Total
	if !a.told {
		a.told = true
		res.Warnings = a.doubts()
	}
	if lost := misread(s); lost != "" {
		res.Warnings = append(res.Warnings, lost)
	}
	if kind == recording.Pprof {
		return goroutine.WriteProto(body, s)
	}
	if kind == recording.Goroutine {
		// Who they are is what Stacks tells: the same goroutines weigh ten times as much with it.
		for i := range s.Stacks {
			s.Stacks[i].Goroutines = nil
		}
	}
	res.Snapshot = s
	return goroutine.WriteMemory(body, s, kind == recording.Stacks)
}

// usage is what the process holds open, by kind and by the other end.
func (a *Asker) usage(ctx context.Context, body *bytes.Buffer) error {
	u, err := a.process.Usage(ctx)
	if err != nil {
		return err
	}
	text, err := u.Encode()
	body.Write(text)
	return err
}

func (a *Asker) births(res *scrape.Result, body *bytes.Buffer) error {
	if a.scanErr != nil {
		return a.scanErr
	}
	news := a.tracker.Drain(a.reader)
	res.News, res.Nothing = &news, news.Empty()
	if news.LeftOut > 0 {
		res.Warnings = append(res.Warnings, fmt.Sprintf("%d births were too many to keep at once", news.LeftOut))
	}
	return lineage.Write(body, news)
}
