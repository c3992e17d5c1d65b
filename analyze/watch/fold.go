// Package watch is the one place where asking, keeping and judging meet: it
// runs a watch (scrape, recording, judgement so far) and loads what was kept
// back into a history, so that a report made from a recording is the report the
// watch itself gave.
package watch

import (
	"bytes"
	"fmt"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/evidence"
	"github.com/logcap/logcap/analyze/exectrace"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/lineage"
	"github.com/logcap/logcap/analyze/recording"
)

// parsed is a scrape's body, understood; at most one field is set.
type parsed struct {
	snapshot *goroutine.Snapshot
	trace    *exectrace.Trace
	memory   *analyze.Memory
	metrics  *evidence.Metrics
	births   *lineage.News
	usage    *analyze.Usage
}

func (p *parsed) empty() bool {
	return p.snapshot == nil && p.trace == nil && p.memory == nil && p.metrics == nil && p.births == nil && p.usage == nil
}

// parse reads a scrape's body as its kind says.
func parse(s recording.Scrape) (parsed, error) {
	if len(s.Body) == 0 {
		return parsed{}, nil
	}
	r := bytes.NewReader(s.Body)
	switch s.Kind {
	case recording.Goroutine, recording.Stacks, recording.Leak:
		snapshot, err := goroutine.Read(r, goroutine.Options{})
		return parsed{snapshot: snapshot}, err
	case recording.Trace:
		trace, err := exectrace.Read(r)
		return parsed{trace: trace}, err
	case recording.Memory:
		memory, err := evidence.ReadMemStats(r)
		return parsed{memory: memory}, err
	case recording.Births:
		news, err := lineage.Read(r)
		return parsed{births: &news}, err
	case recording.Process:
		usage, err := evidence.ReadProcess(r)
		return parsed{usage: usage}, err
	case recording.Pprof:
		return parsed{}, nil // for go tool pprof; what it says is in the others
	case recording.Metrics:
		metrics, err := evidence.ReadMetrics(r)
		return parsed{metrics: metrics}, err
	}
	return parsed{}, fmt.Errorf("unknown kind of scrape %q", s.Kind)
}

// folder adds scrapes to a history. Times are the scrapes' own.
type folder struct {
	*analyze.Builder
	// dumpsCount: there are no protos, so the dumps are the time series too.
	dumpsCount bool
	started    float64 // process_start_time_seconds by the target's clock, to see a restart
	read       float64 // when that was read, in seconds since the watch began
	goVersion  string
}

func (f *folder) add(s recording.Scrape, p parsed) {
	if s.Err != "" {
		if s.Kind == recording.Goroutine {
			f.Gap(s.Time, s.Err)
		}
		return
	}
	for _, w := range s.Warnings {
		f.Warn(w)
	}
	switch {
	case p.snapshot != nil:
		f.addSnapshot(s, p.snapshot)
	case p.trace != nil:
		f.Trace(s.Time, p.trace)
		f.learnVersion(p.trace.GoVersion)
	case p.memory != nil:
		f.Memory(s.Time, *p.memory)
	case p.births != nil:
		f.Births(s.Time, p.births)
	case p.usage != nil:
		f.Usage(s.Time, p.usage)
	case p.metrics != nil:
		f.addMetrics(s.Time, p.metrics)
	}
}

func (f *folder) addSnapshot(s recording.Scrape, snapshot *goroutine.Snapshot) {
	for _, w := range snapshot.Warnings {
		f.Warn(fmt.Sprintf("%s profile, line %d: %s", s.Kind, w.Line, w.Text))
	}
	switch s.Kind {
	case recording.Goroutine:
		f.Counts(s.Time, snapshot)
	case recording.Stacks:
		if f.dumpsCount {
			f.Counts(s.Time, snapshot)
		}
		f.Dump(s.Time, snapshot)
	case recording.Leak:
		f.Leak(s.Time, snapshot)
	}
}

// addMetrics takes the gauges that judgement and impact need. A start time
// that moved tells of a new process; when, only our own clock can say.
func (f *folder) addMetrics(at time.Time, m *evidence.Metrics) {
	for _, g := range m.Gauges {
		f.Gauge(at, g.Name, g.Labels, analyze.Role(g.Role), g.Value)
	}
	if m.StartTime > 0 {
		t := at.Sub(f.History().Start).Seconds()
		if f.started > 0 && m.StartTime > f.started+1 {
			f.RestartBetween(f.read, t)
		}
		f.started, f.read = m.StartTime, t
	}
	f.learnVersion(m.GoVersion)
}

// learnVersion keeps the first exact answer; a trace's format version is a lower bound only.
func (f *folder) learnVersion(v string) {
	if v != "" && (f.goVersion == "" || len(v) > len(f.goVersion)) {
		f.goVersion = v
	}
}
