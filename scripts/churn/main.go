// Command churn is the case that logcap began with: containers that log
// without a break, their streams cut every few seconds, containers restarted,
// replaced, renamed and paused. It runs logcap capture against a real engine
// through a proxy that cuts, watches it with logcap leak-watch at the same
// time, samples goroutines and descriptors, and judges every line.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
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
	flag.StringVar(&o.rotate, "rotate", "", "size at which the engine rotates the log of a container, like 1m; empty: never, as engines do by themselves")
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
	if o.bin == "" {
		o.bin = filepath.Join(dir, "logcap")
		if out, err := exec.Command("go", "build", "-o", o.bin, "./cmd/logcap").CombinedOutput(); err != nil {
			return fmt.Errorf("build logcap: %w: %s", err, out)
		}
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
	c, err := startCollector(o, dir, f.id)
	if err != nil {
		return err
	}
	defer c.kill()
	watched := make(chan error, 1)
	go func() { watched <- leakWatch(o, c.address) }()
	samples, err := disturb(o, f, c)
	if err != nil {
		return err
	}
	leaks := <-watched
	if err := f.end(); err != nil {
		return err
	}
	c.settle()
	if err := c.end(); err != nil {
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
	return report(o, f, p, samples, leaks)
}

// collector is the logcap that is judged.
type collector struct {
	cmd     *exec.Cmd
	address string
	output  string
	once    sync.Once
	said    sync.WaitGroup
}

func startCollector(o *options, dir, id string) (*collector, error) {
	c := &collector{output: filepath.Join(dir, "out.jsonl")}
	c.cmd = exec.Command(o.bin, "capture", "--docker=label="+label+"="+id, "--docker-read", o.read, "--from-start", "--state", filepath.Join(dir, "state"),
		"--listen", "127.0.0.1:0", "--to", "file="+c.output)
	c.cmd.Env = append(os.Environ(), "DOCKER_HOST=unix://"+filepath.Join(dir, "docker.sock"))
	text, err := c.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		if _, address, ok := strings.Cut(lines.Text(), "serving http on "); ok {
			c.address = address
			break
		}
		fmt.Fprintln(os.Stderr, lines.Text())
	}
	c.said.Go(func() {
		for lines.Scan() {
			fmt.Fprintln(os.Stderr, lines.Text())
		}
	})
	if c.address == "" {
		c.kill()
		return nil, errors.New("logcap ended before it served anything")
	}
	return c, nil
}

func (c *collector) kill() {
	c.once.Do(func() {
		_ = c.cmd.Process.Kill() // it may have ended
		c.said.Wait()
		_ = c.cmd.Wait()
	})
}

// end is SIGTERM: the collector has 10 s and exits with 0.
func (c *collector) end() (err error) {
	c.once.Do(func() {
		began := time.Now()
		if err = c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			return
		}
		c.said.Wait()
		if err = c.cmd.Wait(); err != nil {
			err = fmt.Errorf("end logcap: %w", err)
		}
		if took := time.Since(began); took > 10*time.Second {
			err = errors.Join(err, fmt.Errorf("logcap took %v to end", took))
		}
	})
	return err
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
			s, err := look(c.address)
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

// look scrapes the collector's own metrics.
func look(address string) (sample, error) {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + address + "/metrics")
	if err != nil {
		return sample{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return sample{}, err
	}
	value := func(name string) float64 {
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, name+" "); ok {
				v, _ := strconv.ParseFloat(strings.TrimSpace(rest), 64) // 0 fails the bars below
				return v
			}
		}
		return 0
	}
	return sample{
		goroutines: int(value("go_goroutines")), descriptors: int(value("process_open_fds")), cpu: value("process_cpu_seconds_total"),
		resident: int(value("process_resident_memory_bytes")), records: int(value(`logcap_source_records_total{source="docker"}`)),
		doubles: int(value(`logcap_source_duplicates_total{source="docker"}`)), active: int(value(`logcap_source_active_origins{source="docker"}`)),
	}, nil
}

// leakWatch watches the collector with the other half of logcap.
func leakWatch(o *options, address string) error {
	cmd := exec.Command(o.bin, "leak-watch", address, "--duration", max(o.duration-5*time.Second, 5*time.Second).String(), "--fail-on", "suspect")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("logcap leak-watch: %w\n%s", err, out)
	}
	return nil
}
