// Command churn is the case that logcap began with: containers that log
// without a break, their streams cut every few seconds, containers restarted,
// replaced, renamed and paused. It runs logcap capture against a real engine
// through a proxy that cuts, watches it with logcap leak-watch at the same
// time, samples goroutines and descriptors, and judges every line.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

type options struct {
	bin        string
	duration   time.Duration
	containers int
	rate       int
	most       int // goroutines
	md         string
	engine     string
	read       string
	rotate     string
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "", "logcap to judge (default: built from this tree)")
	flag.DurationVar(&o.duration, "duration", 10*time.Minute, "how long")
	flag.IntVar(&o.containers, "containers", 9, "how many run at a time")
	flag.IntVar(&o.rate, "rate", 100, "lines a second of each")
	flag.IntVar(&o.most, "most", 25, "goroutines that logcap may have")
	flag.StringVar(&o.md, "md", "", "write the result as Markdown to this file")
	flag.StringVar(&o.engine, "engine", "/var/run/docker.sock", "socket of the engine")
	flag.StringVar(&o.read, "read", "api", "how logcap reads the logs: api, json-file")
	flag.StringVar(&o.rotate, "rotate", "", "size at which the engine rotates the log of a container, like 1m; empty: never")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "churn:", err)
		os.Exit(1)
	}
}

func run(o *options) (err error) {
	dir, err := os.MkdirTemp("", "churn-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\nwhat was delivered is in %s", err, dir)
			return
		}
		err = os.RemoveAll(dir)
	}()
	if o.bin, err = faults.Build(o.bin, dir); err != nil {
		return err
	}
	f := &fleet{id: strconv.FormatInt(time.Now().UnixNano()%1e9, 36), rate: o.rate, rotate: o.rotate, judge: faults.NewJudge(), did: map[string]int{}, said: filepath.Join(dir, "said")}
	defer func() { err = errors.Join(err, f.clean()) }()
	image := filepath.Join(dir, "image")
	if err := errors.Join(os.Mkdir(image, 0o755), os.Mkdir(f.said, 0o755)); err != nil {
		return err
	}
	if err := f.build(image); err != nil {
		return err
	}
	p, err := newProxy(filepath.Join(dir, "docker.sock"), o.engine, 2*time.Second, 8*time.Second)
	if err != nil {
		return err
	}
	defer p.close()
	for range o.containers {
		if err := f.add(); err != nil {
			return err
		}
	}
	first, err := firstLook(o, f)
	if err != nil {
		return fmt.Errorf("without configuration: %w", err)
	}
	c, err := startCollector(o, dir, f.id)
	if err != nil {
		return err
	}
	defer c.Kill()
	watched := make(chan error, 1)
	go func() { watched <- faults.LeakWatch(o.bin, c.Address, max(o.duration-5*time.Second, 5*time.Second)) }()
	samples, err := disturb(o, f, c)
	if err != nil {
		return err
	}
	leaks := <-watched
	if err := f.end(); err != nil {
		return err
	}
	c.settle()
	if err := c.End(10 * time.Second); err != nil {
		return err
	}
	out, err := os.Open(c.output)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := f.judge.ReadLines(out); err != nil {
		return err
	}
	return report(o, f, p, first, samples, leaks)
}

// collector is the logcap that is judged.
type collector struct {
	*faults.Collector
	output string
}

func startCollector(o *options, dir, id string) (*collector, error) {
	output := filepath.Join(dir, "out.jsonl")
	c, err := faults.StartCollector(os.Stderr, o.bin, []string{"DOCKER_HOST=unix://" + filepath.Join(dir, "docker.sock")}, "--docker=label="+label+"="+id,
		"--docker-read", o.read, "--from-start", "--state", filepath.Join(dir, "state"), "--listen", "127.0.0.1:0", "--to", "file="+output)
	return &collector{c, output}, err
}

// settle waits until nothing has come for a while.
func (c *collector) settle() {
	var size int64
	for quiet := 0; quiet < 50; quiet++ {
		if info, err := os.Stat(c.output); err == nil && info.Size() != size {
			size, quiet = info.Size(), 0
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// sample is one look at the collector.
type sample struct {
	at                       time.Duration
	goroutines, descriptors  int
	cpu                      float64 // seconds so far
	resident                 int     // bytes
	records, doubles, active int
}

// disturb churns for the duration and samples meanwhile.
func disturb(o *options, f *fleet, c *collector) ([]sample, error) {
	var samples []sample
	began := time.Now()
	next := began
	for time.Since(began) < o.duration {
		if err := f.churn(); err != nil {
			return nil, err
		}
		if time.Now().After(next) {
			s, err := look(c.Address)
			if err != nil {
				return nil, err
			}
			s.at = time.Since(began)
			samples = append(samples, s)
			next = time.Now().Add(5 * time.Second)
		}
		time.Sleep(time.Second)
	}
	return samples, nil
}

// look asks the collector for its metrics.
func look(address string) (sample, error) {
	m := faults.NewMetrics(address)
	defer m.Close()
	v, err := m.Ask()
	if err != nil {
		return sample{}, err
	}
	value := func(name string) float64 {
		n, e := v.Value(name)
		err = errors.Join(err, e)
		return n
	}
	return sample{
		goroutines: int(value("go_goroutines")), descriptors: int(value("process_open_fds")), cpu: value("process_cpu_seconds_total"),
		resident: int(value("process_resident_memory_bytes")), records: int(value(`logcap_source_records_total{source="docker"}`)),
		doubles: int(value(`logcap_source_duplicates_total{source="docker"}`)), active: int(value(`logcap_source_active_origins{source="docker"}`)),
	}, err
}
