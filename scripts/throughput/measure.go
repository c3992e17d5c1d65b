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

// row is the medians of one measured thing.
type row struct {
	measured
	linesPerSecond, cpuPerGB, rss float64
}

func cases(self string, o options, dir, log string) []measured {
	out := filepath.Join(dir, "out.log")
	capture := func(to ...string) []string {
		return append([]string{o.bin, "capture", log, "--from-start", "--no-follow"}, to...)
	}
	removed := func() error { return os.Remove(out) }
	return []measured{
		{name: "`wc -l`", args: []string{"wc", "-l", log}},
		{name: "Go: 256 KiB blocks, channel, split", args: []string{self, "child", "blocks", log}},
		{name: "zstd fastest alone", args: []string{self, "child", "zstd", log}},
		{name: "logcap → null", args: capture("--to", "null"), bar: bar{4e6, 1.2, 60}},
		{name: "logcap → file, text", args: capture("--to", "file="+out+"#format=text"), after: removed, bar: bar{0, 3, 60}},
		{name: "logcap → file, JSON lines", args: capture("--to", "file="+out), after: removed, bar: bar{0, 3, 60}},
		{name: "logcap → HTTP zstd", args: capture("--to", "http=http://{receiver}/"), receiver: true, bar: bar{1.2e6, 5, 60}},
		{name: "logcap → HTTP zstd, with --state", args: capture("--to", "http=http://{receiver}/", "--state", filepath.Join(dir, "state")), receiver: true,
			after: func() error { return os.RemoveAll(filepath.Join(dir, "state")) }, bar: bar{1.2e6, 5, 60}},
	}
}

// measure runs c several times and takes the median of each figure.
func measure(ctx context.Context, c measured, runs int, lines, size int64) (row, error) {
	var rates, cpus, rss []float64
	for range runs {
		wall, cpu, peak, err := once(ctx, c)
		if err != nil {
			return row{}, err
		}
		rates = append(rates, float64(lines)/wall.Seconds())
		cpus = append(cpus, cpu.Seconds()/(float64(size)/1e9))
		rss = append(rss, float64(peak)/1e6)
	}
	return row{c, median(rates), median(cpus), median(rss)}, nil
}

func once(ctx context.Context, c measured) (wall, cpu time.Duration, peak int64, err error) {
	args := slices.Clone(c.args)
	if c.receiver {
		address, stop, err := startReceiver(ctx)
		if err != nil {
			return 0, 0, 0, err
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
		return 0, 0, 0, fmt.Errorf("%w: %s", err, &stderr)
	}
	wall = time.Since(began)
	if c.after != nil {
		err = c.after()
	}
	return wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peakRSS(cmd.ProcessState), err
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

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
