// Command thousand is the churn of a thousand containers: a stand-in engine on a
// unix socket whose containers log without a break, while their streams are cut at random, containers are
// restarted, replaced, renamed and paused, streams stall, and the engine itself goes away and comes back. It
// runs logcap capture against it as another process, watches that with logcap leak-watch, samples goroutines,
// descriptors and CPU each second, and judges every line.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/logcap/logcap/internal/faults"
	"github.com/logcap/logcap/internal/standin"
)

type options struct {
	bin        string
	duration   time.Duration
	containers int
	rate       int
	cut        time.Duration
	churn      float64
	restarts   bool
	stalls     int
	slow       time.Duration
	leakWatch  bool
	md         string
	keep       string
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "", "logcap to judge (default: built from this tree)")
	flag.DurationVar(&o.duration, "time", 3*time.Minute, "how long")
	flag.IntVar(&o.containers, "containers", 1000, "how many run at a time")
	flag.IntVar(&o.rate, "rate", 10, "lines a second of each")
	flag.DurationVar(&o.cut, "cut", 10*time.Second, "a stream is cut, on average, once in so long")
	flag.Float64Var(&o.churn, "churn", 5, "containers a second that are restarted, replaced, renamed or paused")
	flag.BoolVar(&o.restarts, "restarts", true, "restart the engine twice, once with live-restore")
	flag.IntVar(&o.stalls, "stalls", 5, "streams that stall, when there is time to notice: from 2m30s on")
	flag.DurationVar(&o.slow, "slow", time.Second, "a few long lines are written in two parts, so long apart; 0: none are")
	flag.BoolVar(&o.leakWatch, "leak-watch", true, "watch logcap with logcap leak-watch --fail-on suspect meanwhile")
	flag.StringVar(&o.md, "md", "", "append the result as Markdown to this file")
	flag.StringVar(&o.keep, "keep", "", "leave what logcap wrote, and its stacks when it hangs, in this directory")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "thousand:", err)
		os.Exit(1)
	}
}

func run(o *options) (err error) {
	dir := o.keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "thousand-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	if o.bin, err = faults.Build(o.bin, dir); err != nil {
		return err
	}
	engine, err := standin.New(standin.Options{Path: filepath.Join(dir, "docker.sock"), Early: 0.3})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	f := &fleet{engine: engine, judge: faults.NewJudge(), rate: o.rate, slow: o.slow, did: map[string]int{}}
	for range o.containers {
		f.mu.Lock()
		f.add()
		f.mu.Unlock()
	}
	var talking sync.WaitGroup
	quiet := make(chan struct{})
	talking.Go(func() { f.run(quiet) })
	silence := sync.OnceFunc(func() { close(quiet); talking.Wait() })
	defer silence()

	output := filepath.Join(dir, "out.jsonl")
	heard, err := os.Create(filepath.Join(dir, "stderr.log"))
	if err != nil {
		return err
	}
	defer heard.Close()
	said := &complaints{all: heard}
	c, err := faults.StartCollector(said, o.bin, []string{"DOCKER_HOST=" + engine.Host()}, "--docker-read", "api", "--from-start",
		"--state", filepath.Join(dir, "state"), "--listen", "unix:"+filepath.Join(dir, "admin.sock"), "--to", "file="+output)
	if err != nil {
		return err
	}
	defer c.Kill()
	w := &watcher{c: c, metrics: faults.NewMetrics(c.Address)}
	defer w.metrics.Close()
	followed, err := w.settle(o.containers, 30*time.Second)
	if err != nil {
		c.Abort()
		return err
	}
	watched := make(chan error, 1)
	go func() {
		var err error
		if o.leakWatch {
			// A profile of a thousand goroutines takes long to answer on a machine with something else to do, and
			// leak-watch would ask for the next one minutes later: too late for a verdict.
			every := min(max(o.duration/35, time.Second), 5*time.Second)
			err = faults.LeakWatch(o.bin, c.Address, max(o.duration-5*time.Second, 5*time.Second), "--interval", every.String(), "--force")
		}
		watched <- err
	}()
	err = disturb(o, f, w)
	leaks := <-watched
	if err != nil {
		c.Abort()
		return errors.Join(err, leaks)
	}
	silence()
	f.end()
	took, err := w.drain(f.written())
	if err != nil {
		return err
	}
	if err := c.End(10 * time.Second); err != nil {
		return err
	}
	out, err := os.Open(output)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := f.judge.ReadLines(out); err != nil {
		return err
	}
	return report(o, f, &seen{w.samples, followed, took, said.lines, leaks})
}

// run lets the containers talk until it is told to be quiet.
func (f *fleet) run(quiet <-chan struct{}) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			f.talk(now)
		case <-quiet:
			return
		}
	}
}

// complaints passes the first lines of what logcap says on, keeps all, and counts them.
type complaints struct {
	all   io.Writer
	lines int
}

// Write implements io.Writer; each call is a line.
func (c *complaints) Write(p []byte) (int, error) {
	c.lines++
	if c.lines <= 5 {
		_, _ = os.Stderr.Write(p) // it is only shown
	}
	return c.all.Write(p)
}
