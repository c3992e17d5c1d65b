//go:build linux && (amd64 || arm64)

// Matrix is the proof that logcap reads goroutines from memory right. It
// compares what analyze/procmem reads with what the process prints of itself
// (debug=2), for every Go version and way to build, for every program of
// testdata, and for a process whose goroutines come and go.
//
//	go run ./scripts/matrix                        everything: some minutes, most of them for building
//	go run ./scripts/matrix -quick                 two versions, two builds, a few programs: what CI runs
//	go run ./scripts/matrix -part versions         one of the parts versions, programs, busy
//	go run ./scripts/matrix -versions 'go1.26.8'   other toolchains; they come through GOTOOLCHAIN
//	go run ./scripts/matrix -update                write the tables into docs/memory.md
//
// It is run from the top of the repository, needs a C compiler for the cgo
// builds, and ends with 0 only if all agree and all bars hold.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the flags.
type options struct {
	root     string // of the repository
	versions []string
	builds   []build
	parts    []string
	quick    bool
	update   bool
	scans    int
}

// The parts, in the order in which they run.
const (
	partVersions = "versions"
	partPrograms = "programs"
	partBusy     = "busy"
)

const defaultVersions = "go1.22.12 go1.23.12 go1.24.13 go1.25.8 go1.26.8 go1.27.4"

var errUsage = errors.New("wrong flags")

func parse(args []string, stderr io.Writer) (options, error) {
	o := options{root: ".", builds: builds()}
	flags := flag.NewFlagSet("matrix", flag.ContinueOnError)
	flags.SetOutput(stderr)
	versions := flags.String("versions", defaultVersions, "`toolchains`, separated by spaces")
	part := flags.String("part", "", "run one `part` only: versions, programs or busy")
	flags.BoolVar(&o.quick, "quick", false, "the oldest and the newest version, two builds, six programs, fewer scans")
	flags.BoolVar(&o.update, "update", false, "write the tables into docs/memory.md")
	flags.IntVar(&o.scans, "scans", 3000, "`number` of scans of the busy process")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	all := []string{partVersions, partPrograms, partBusy}
	o.versions, o.parts = strings.Fields(*versions), all
	if *part != "" {
		o.parts = []string{*part}
	}
	switch {
	case flags.NArg() > 0 || len(o.versions) == 0 || o.scans < 1:
		return o, fmt.Errorf("%w: want no arguments, a version and at least one scan", errUsage)
	case !slices.Contains(all, o.parts[0]):
		return o, fmt.Errorf("%w: part %q is none of %s", errUsage, *part, strings.Join(all, ", "))
	case o.quick && o.update:
		return o, fmt.Errorf("%w: the tables are written from a full run, and -quick is none", errUsage)
	}
	if o.quick {
		o.versions = slices.Compact([]string{o.versions[0], o.versions[len(o.versions)-1]})
		o.builds = []build{o.builds[0], o.builds[len(o.builds)-1]}
		o.scans = min(o.scans, 500)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "matrix: %v\n", err)
		return 2
	}
	return all(ctx, o, stdout, stderr)
}

// all runs the parts that are asked for.
func all(ctx context.Context, o options, stdout, stderr io.Writer) int {
	dir, err := os.MkdirTemp("", "logcap-matrix-")
	if err != nil {
		fmt.Fprintf(stderr, "matrix: %v\n", err)
		return 1
	}
	defer os.RemoveAll(dir)
	failed := 0
	for _, part := range o.parts {
		r, err := measure(ctx, o, part, dir, stderr)
		if err != nil {
			fmt.Fprintf(stderr, "matrix: %s: %v\n", part, err)
			return 1
		}
		fmt.Fprintf(stdout, "%s\n", r.table)
		for _, f := range r.failures {
			fmt.Fprintf(stderr, "matrix: %s: %s\n", part, f)
		}
		failed += len(r.failures)
		if o.update {
			if err := rewrite(o.root, part, r.table); err != nil {
				fmt.Fprintf(stderr, "matrix: %v\n", err)
				return 1
			}
		}
	}
	if failed > 0 {
		return 1
	}
	return 0
}

// result is what a part found: a table for people, and what is wrong.
type result struct {
	table    string
	failures []string
}

func (r *result) fail(format string, args ...any) {
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func measure(ctx context.Context, o options, part, dir string, progress io.Writer) (result, error) {
	switch part {
	case partPrograms:
		return programs(ctx, o, dir, progress)
	case partBusy:
		return busy(ctx, o, dir)
	}
	return versions(ctx, o, dir, progress)
}
