//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"slices"
	"strconv"
	"time"
)

// measurer runs what is measured.
type measurer struct {
	options
	dir      string
	progress io.Writer
}

// result is what one target gave.
type result struct {
	name       string
	goroutines int
	open       time.Duration
	scan       []time.Duration
	snapshot   []time.Duration
	stacks     []time.Duration
	dump       []time.Duration
	dumpSize   int64
	tally      tally // of a scan
	peaks      map[string]int64
	windows    []window
	light      *lightCost
}

// window is what a target noticed while something was done to it.
type window struct {
	what    string
	pauses  uint64        // stop-the-world pauses
	longest time.Duration // upper bound of the longest of them
	beats   beats
}

// lightCost is that of the scan which remembers who was born.
type lightCost struct {
	cost
	nothing, version int64 // peaks of a reader that reads nothing, and of `logcap version`
}

// target is one process to measure.
type target struct {
	name       string
	goroutines int
	scattered  bool
	dumps      int // how many debug=2 dumps
	light      bool
}

func targets() []target {
	return []target{
		{name: "300", goroutines: 300, dumps: 15, light: true},
		{name: "100000", goroutines: 100_000, dumps: 3},
		{name: "scattered", goroutines: 100_000, scattered: true},
		{name: "1000000", goroutines: 1_000_000},
	}
}

func (m *measurer) all() ([]result, error) {
	version, err := m.version() // while this process is small
	if err != nil {
		return nil, err
	}
	var out []result
	for _, t := range targets() {
		if m.only != "" && m.only != t.name {
			continue
		}
		fmt.Fprintf(m.progress, "memory: %s\n", t.name)
		r, err := m.one(t)
		if err != nil {
			return out, fmt.Errorf("measure %s: %w", t.name, err)
		}
		if r.light != nil {
			r.light.version = version
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no target is called %q", m.only)
	}
	return out, nil
}

func (m *measurer) one(t target) (r result, err error) {
	p, err := m.start("-goroutines", strconv.Itoa(t.goroutines), "-scattered="+strconv.FormatBool(t.scattered))
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, p.end()) }()
	r = result{name: t.name, goroutines: t.goroutines, peaks: map[string]int64{}}
	pid := p.cmd.Process.Pid
	idle := func() error { time.Sleep(2 * time.Second); return nil }
	steps := []struct {
		what string
		do   func() error
	}{
		{"nothing", idle},
		{"scan", func() error { return m.read(&r, &r.scan, "scan", pid) }},
		{"snapshot", func() error { return m.read(&r, &r.snapshot, "snapshot", pid) }},
		{"all stacks", func() error { return m.read(&r, &r.stacks, "stacks", pid) }},
		{"debug=2", func() error { return r.dumps(p, t.dumps) }},
	}
	for _, s := range steps {
		if s.what == "debug=2" && t.dumps == 0 {
			continue
		}
		w, err := watched(p, s.what, s.do)
		if err != nil {
			return r, err
		}
		r.windows = append(r.windows, w)
	}
	if t.light {
		return r, m.lightScan(&r, pid)
	}
	return r, nil
}

// read does one kind of reading in a child.
func (m *measurer) read(r *result, takes *[]time.Duration, what string, pid int) error {
	c, err := m.child(job{What: what, PID: pid, Times: m.times})
	if err != nil {
		return err
	}
	*takes = c.Takes
	r.peaks[what] = c.Peak
	if what == "scan" {
		r.open, r.tally = c.Open, c.Last
	}
	if c.Last.Goroutines < r.goroutines {
		return fmt.Errorf("%s found %d goroutines of %d", what, c.Last.Goroutines, r.goroutines)
	}
	return nil
}

func (r *result) dumps(p *process, n int) error {
	for range n {
		start := time.Now()
		size, err := p.dump()
		if err != nil {
			return err
		}
		r.dump, r.dumpSize = append(r.dump, time.Since(start)), size
	}
	return nil
}

// watched is what the target noticed while do ran.
func watched(p *process, what string, do func() error) (window, error) {
	w := window{what: what}
	before, err := p.usage()
	if err != nil {
		return w, err
	}
	if err := do(); err != nil {
		return w, err
	}
	after, err := p.usage()
	if err != nil {
		return w, err
	}
	w.beats = after.Beats
	for i, n := range after.Pauses {
		if n -= before.Pauses[i]; n > 0 {
			w.pauses += n
			w.longest = time.Duration(after.Bounds[i+1] * 1e9)
		}
	}
	return w, nil
}

// scansEvery is the light scan's pace.
const scansEvery = time.Second / 20

func (m *measurer) lightScan(r *result, pid int) error {
	nothing, err := m.child(job{What: "nothing"})
	if err != nil {
		return err
	}
	c, err := m.child(job{What: "light", PID: pid, Times: int(m.light / scansEvery), Every: scansEvery})
	if err != nil {
		return err
	}
	r.light = &lightCost{cost: c, nothing: nothing.Peak}
	return nil
}

// profileTo writes what a reader of 100,000 goroutines spends its time on.
func (m *measurer) profileTo(path string) error {
	p, err := m.start("-goroutines", "100000")
	if err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return errors.Join(err, p.end())
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(err, f.Close(), p.end())
	}
	var failed error
	for _, what := range []string{"scan", "snapshot", "stacks"} {
		d, err := job{What: what, PID: p.cmd.Process.Pid, Times: m.times}.do()
		failed = errors.Join(failed, err)
		slices.Sort(d.Takes)
		fmt.Fprintf(m.progress, "%s: %v\n", what, d.Takes)
	}
	pprof.StopCPUProfile()
	return errors.Join(failed, f.Close(), p.end())
}
