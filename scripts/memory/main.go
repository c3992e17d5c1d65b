//go:build linux

// Memory measures what reading goroutines from a process's memory costs: the
// reader in time, CPU and memory, and the process that is read in pauses. It
// prints the tables of docs/memory-cost.md.
//
//	go run ./scripts/memory                      all of it, about four minutes; needs 5 GB of memory
//	go run ./scripts/memory -only 100000         one of 300, 100000, scattered, 1000000
//	go run ./scripts/memory -times 5 -light 10s  fewer readings (default 15), a shorter light scan (60s)
//	go run ./scripts/memory -update              write the tables into docs/memory-cost.md
//	go run ./scripts/memory -profile FILE        a CPU profile of scans and stacks of 100,000, and nothing else
//
// It exits with 1 when a bar is missed. Bars are held against the median, and
// the least is given beside it: the machine may have other things to do.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

func main() {
	if len(os.Args) == 3 && os.Args[1] == "-child" {
		if err := child(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// options are the command line's.
type options struct {
	only    string
	times   int
	light   time.Duration
	profile string
}

func run(args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("memory", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.only, "only", "", "measure only this `target`: 300, 100000, scattered or 1000000")
	flags.IntVar(&o.times, "times", 15, "how often each reading is done")
	flags.DurationVar(&o.light, "light", time.Minute, "how long the light scan lasts")
	flags.StringVar(&o.profile, "profile", "", "write a CPU profile to this `file`")
	update := flags.Bool("update", false, "write the tables into "+page)
	if flags.Parse(args) != nil {
		return 2
	}
	if flags.NArg() > 0 || o.times < 1 || o.light < time.Second {
		fmt.Fprintln(stderr, "memory: want no arguments, one reading or more and a light scan of 1s or more")
		return 2
	}
	missed, err := report(o, *update, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "memory:", err)
		return 1
	}
	if missed > 0 {
		fmt.Fprintf(stderr, "memory: %d of the bars missed\n", missed)
		return 1
	}
	return 0
}

func report(o options, update bool, stdout, stderr io.Writer) (missed int, err error) {
	dir, err := os.MkdirTemp("", "logcap-memory-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	m := &measurer{options: o, dir: dir, progress: stderr}
	if err := m.build(); err != nil {
		return 0, err
	}
	if o.profile != "" {
		return 0, m.profileTo(o.profile)
	}
	before, err := readJiffies()
	if err != nil {
		return 0, err
	}
	results, err := m.all()
	if err != nil {
		return 0, err
	}
	after, err := readJiffies()
	if err != nil {
		return 0, err
	}
	var out bytes.Buffer
	missed = printTables(&out, results, noise(before, after))
	if _, err := stdout.Write(out.Bytes()); err != nil {
		return missed, err
	}
	if update {
		return missed, updatePage(out.Bytes())
	}
	return missed, nil
}
