// Throughput measures what a line costs logcap: lines/s, CPU s/GB and peak
// RSS of `logcap capture` to null, to a file and over HTTP with zstd, beside
// `wc -l`, a plain Go reader of blocks, zstd alone and JSON and zstd alone, all over the same file in the same run.
//
//	go run ./scripts/throughput [-size BYTES] [-runs N] [-only NAME] [-bin logcap] [-dir DIR] [-md FILE]
//	go run ./scripts/throughput -runs 0 -profile FILE [-to http|loki|file|null]
//
// Each figure is of a process of its own, from its start to its end, as the
// kernel counts it (rusage); the server that is posted to is another process. The rows take turns, the median
// of each is shown, and the bars are held against it. GB is 10^9 bytes. Exit 1 when a bar is missed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) > 2 && os.Args[1] == "child" {
		if err := child(os.Args[2], os.Args[3:]); err != nil {
			fmt.Fprintln(os.Stderr, "throughput:", err)
			os.Exit(1)
		}
		return
	}
	var o options
	flag.Int64Var(&o.size, "size", 1<<30, "bytes of log to read")
	flag.IntVar(&o.runs, "runs", 3, "rounds; the median counts")
	flag.StringVar(&o.bin, "bin", "", "logcap to measure (default: built from this tree)")
	flag.StringVar(&o.dir, "dir", "", "where the log is made (default: a temporary directory)")
	flag.StringVar(&o.md, "md", "", "write the table as Markdown to this file")
	flag.StringVar(&o.profile, "profile", "", "take a CPU profile of a run into this file, and print its top")
	flag.StringVar(&o.to, "to", "http", "where the profiled run sends: http, loki, file, null")
	flag.StringVar(&o.only, "only", "", "measure only what has this in its name")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	missed, err := compare(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "throughput:", err)
		os.Exit(1)
	}
	if missed > 0 {
		fmt.Printf("%d bars missed\n", missed)
		os.Exit(1)
	}
}

type options struct {
	size                            int64
	runs                            int
	bin, dir, md, profile, to, only string
}

// compare measures everything and says how many bars were missed.
func compare(ctx context.Context, o options) (missed int, err error) {
	dir, err := os.MkdirTemp(o.dir, "throughput-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if o.bin == "" {
		o.bin = filepath.Join(dir, "logcap")
		build := exec.CommandContext(ctx, "go", "build", "-o", o.bin, "./cmd/logcap")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return 0, fmt.Errorf("build logcap: %w", err)
		}
	}
	log := filepath.Join(dir, "bench.log")
	lines, size, err := generate(log, o.size)
	if err != nil {
		return 0, err
	}
	fmt.Printf("%d lines, %d bytes, %.0f bytes a line\n", lines, size, float64(size)/float64(lines))
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	var rows []*row
	if o.runs > 0 {
		all := slices.DeleteFunc(cases(self, o, dir, log), func(c measured) bool { return !strings.Contains(c.name, o.only) })
		if rows, err = measure(ctx, all, o.runs, lines, size); err != nil {
			return 0, err
		}
		fmt.Print(text(rows))
	}
	for _, r := range rows {
		missed += len(r.missed())
	}
	if o.profile != "" {
		if err := profile(ctx, o, dir, log); err != nil {
			return missed, fmt.Errorf("profile: %w", err)
		}
	}
	if o.md == "" {
		return missed, nil
	}
	return missed, os.WriteFile(o.md, []byte(markdown(rows, o, lines, size)), 0o644)
}
