//go:build unix

// Cost measures what a watch costs the target and logcap itself, and prints a
// table for docs/cost.md. Each figure with logcap has a window of the same
// length without it beside it, in turn, on the same process.
//
//	go run ./scripts/cost                          both bars, with bin/logcap (make build makes it)
//	go run ./scripts/cost -logcap PATH             another binary
//	go run ./scripts/cost -window 2m -pairs 3      longer windows, more pairs (default 2m, 2)
//	go run ./scripts/cost -only large              100,000 goroutines, every second; small: 300, every 500 ms
//
// It exits with 1 when a bar is missed: for the large target no pause of 1 ms
// and more that the windows without logcap do not have; for both at most 1 % of
// a core of the target; for the small one under 1 % of a core and 40 MB for
// logcap. (The small one is dumped every 5 s, which does stop it for a moment.) Run it on a machine
// that is idle otherwise: a pause also lasts while a thread waits for a processor.
// Real-time priority is no way around that: a Go program under SCHED_FIFO can spin
// for ever and take the machine with it.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// options are the command line's.
type options struct {
	logcap string
	window time.Duration
	pairs  int
	only   string
}

func run(args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("cost", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.logcap, "logcap", "bin/logcap", "`path` of the binary to measure")
	flags.DurationVar(&o.window, "window", 2*time.Minute, "length of one window")
	flags.IntVar(&o.pairs, "pairs", 2, "pairs of windows, without and with logcap")
	flags.StringVar(&o.only, "only", "", "measure only `large` or small")
	if flags.Parse(args) != nil {
		return 2
	}
	if flags.NArg() > 0 || o.pairs < 1 || o.window < 10*time.Second {
		fmt.Fprintln(stderr, "cost: want no arguments, at least one pair and windows of 10 s or more")
		return 2
	}
	missed, err := measureAll(o, stdout, stderr)
	switch {
	case err != nil:
		fmt.Fprintln(stderr, "cost:", err)
		return 1
	case missed > 0:
		fmt.Fprintf(stderr, "cost: %d of the bars missed\n", missed)
		return 1
	}
	return 0
}

// load is one target and how it is watched.
type load struct {
	name       string
	goroutines int
	interval   time.Duration
	small      bool // logcap's own use is a bar too
}

func measureAll(o options, stdout, stderr io.Writer) (missed int, err error) {
	dir, err := os.MkdirTemp("", "logcap-cost-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	target := filepath.Join(dir, "target")
	if out, err := exec.Command("go", "build", "-o", target, "./scripts/cost/target").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build the target: %w\n%s", err, out)
	}
	for _, l := range []load{
		{name: "large", goroutines: 100_000, interval: time.Second},
		{name: "small", goroutines: 300, interval: 500 * time.Millisecond, small: true},
	} {
		if o.only != "" && o.only != l.name {
			continue
		}
		pairs, err := measure(o, l, target, stderr)
		if err != nil {
			return missed, fmt.Errorf("measure the %s target: %w", l.name, err)
		}
		missed += printTable(stdout, l, pairs)
	}
	return missed, nil
}
