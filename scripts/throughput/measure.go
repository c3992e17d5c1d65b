package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// measured is one thing to run; the bars are 0 where there is none.
type measured struct {
	name     string
	args     []string
	receiver bool // {receiver} in args becomes the address of a server in a process of its own
	after    func() error
	bar      bar
}

// bar is what must be reached.
type bar struct {
	linesPerSecond float64 // at least
	cpuPerGB       float64 // at most, in s
	rss            float64 // at most, in MB
}

// run is what one process took.
type run struct {
	wall, user, system time.Duration
	rss                int64 // at its peak, in bytes
}

// row is the runs of one measured thing.
type row struct {
	measured
	runs  []run
	lines int64
	bytes int64
}

// reference is the row that others are held against in the same round, because the machine's speed changes from round to round.
const reference = "JSON and zstd fastest alone"

func cases(self string, o options, dir, log string) []measured {
	out := filepath.Join(dir, "out.log")
	child := func(name string) []string { return []string{self, "child", name, log} }
	capture := func(to ...string) []string {
		return append([]string{o.bin, "capture", log, "--from-start", "--no-follow"}, to...)
	}
	removed := func() error { return os.Remove(out) }
	return []measured{
		{name: "`wc -l`", args: []string{"wc", "-l", log}},
		{name: "Go: 256 KiB blocks, channel, split", args: child("blocks")},
		{name: "zstd fastest alone", args: child("zstd")},
		{name: reference, args: child("json-zstd")},
		{name: "logcap → null", args: capture("--to", "null"), bar: bar{4e6, 1.2, 60}},
		{name: "logcap → file, text", args: capture("--to", "file="+out+"#format=text"), after: removed, bar: bar{0, 3, 60}},
		{name: "logcap → file, JSON lines", args: capture("--to", "file="+out), after: removed, bar: bar{0, 3, 60}},
		{name: "logcap → HTTP zstd", args: capture("--to", "http=http://{receiver}/"), receiver: true, bar: bar{1.2e6, 5, 60}},
		{name: "logcap → Loki", args: capture("--to", "loki=http://{receiver}"), receiver: true, bar: bar{0, 9, 60}},
		{name: "logcap → HTTP zstd, with --state", args: capture("--to", "http=http://{receiver}/", "--state", filepath.Join(dir, "state")), receiver: true,
			after: func() error { return os.RemoveAll(filepath.Join(dir, "state")) }, bar: bar{1.2e6, 5, 60}},
		{name: "logcap → HTTP zstd, with --queue disk", args: capture("--to", "http=http://{receiver}/", "--state", filepath.Join(dir, "state"), "--queue", "disk", "--queue-size", "4GiB"), receiver: true,
			after: func() error { return os.RemoveAll(filepath.Join(dir, "state")) }, bar: bar{0, 7.5, 60}},
	}
}

// measure runs all cases one after the other, and that so many times: what disturbs
// the machine for a while then disturbs a round of each and not all rounds of one.
// One round more comes first and does not count: memory that a virtual machine has never used
// costs its host, and so whoever is the first to write a file into it, up to half of what writing costs.
func measure(ctx context.Context, all []measured, rounds int, lines, size int64) ([]*row, error) {
	var rows []*row
	for _, c := range all {
		rows = append(rows, &row{measured: c, lines: lines, bytes: size})
	}
	for round := range rounds + 1 {
		for _, r := range rows {
			one, err := once(ctx, r.measured)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			if round > 0 {
				r.runs = append(r.runs, one)
			}
		}
	}
	return rows, nil
}

func once(ctx context.Context, c measured) (run, error) {
	args := slices.Clone(c.args)
	if c.receiver {
		address, stop, err := startReceiver(ctx)
		if err != nil {
			return run{}, err
		}
		defer stop()
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "{receiver}", address)
		}
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return run{}, fmt.Errorf("%w: %s", err, &stderr)
	}
	wall := time.Since(began)
	var err error
	if c.after != nil {
		err = c.after()
	}
	s := cmd.ProcessState
	return run{wall, s.UserTime(), s.SystemTime(), peakRSS(s)}, err
}

// startReceiver runs this program as the server that bodies are sent to: its CPU is not logcap's.
func startReceiver(ctx context.Context) (address string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, self, "child", "receive")
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		in.Close()
		_ = cmd.Wait()
	}
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("start the receiver: %w", err)
	}
	return strings.TrimSpace(address), stop, nil
}

// median is the middle of what of says of each run.
func (r *row) median(of func(run) float64) float64 {
	var v []float64
	for _, one := range r.runs {
		v = append(v, of(one))
	}
	return median(v)
}

func (r *row) linesPerSecond() float64 {
	return r.median(func(o run) float64 { return float64(r.lines) / o.wall.Seconds() })
}

// perGB is what of says of each run, in s/GB.
func (r *row) perGB(of func(run) time.Duration) float64 {
	return r.median(func(o run) float64 { return of(o).Seconds() / float64(r.bytes) * 1e9 })
}

func (o run) cpu() time.Duration        { return o.user + o.system }
func (o run) userTime() time.Duration   { return o.user }
func (o run) systemTime() time.Duration { return o.system }

func (r *row) rss() float64 { return r.median(func(o run) float64 { return float64(o.rss) / 1e6 }) }

// ratio is the CPU time as a multiple of what another row took in the same round.
func (r *row) ratio(to *row) float64 {
	var v []float64
	for i, one := range r.runs {
		v = append(v, one.cpu().Seconds()/to.runs[i].cpu().Seconds())
	}
	return median(v)
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
