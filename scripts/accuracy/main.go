// Accuracy runs the programs of testdata, watches each with logcap leak-watch
// and judges the reports against what is known: is every leak found, at its go
// statement, with its mechanism, and is no healthy service accused.
//
//	go run ./scripts/accuracy                          every program, three styles, three seeds: some 14 minutes
//	go run ./scripts/accuracy -only 'client|pooled'    programs whose case name matches
//	go run ./scripts/accuracy -go127                   and services built with Go 1.27, which are to be CONFIRMED
//	go run ./scripts/accuracy -keep DIR                keep recordings, reports and logs
//	go run ./scripts/accuracy -from DIR                judge kept recordings again, with today's logcap: no waiting
//	go run ./scripts/accuracy -markdown docs/accuracy.md
//	go run ./scripts/accuracy -explain                 every leaky program explained from its source, patched and watched again
//	go run ./scripts/accuracy -explain -unseen         the same for programs after public reports
//
// It is run from the top of the repository and ends with 0 only if all bars hold.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// options are the flags.
type options struct {
	matrix
	only     *regexp.Regexp
	duration time.Duration
	interval time.Duration
	parallel int
	keep     string
	from     string
	logcap   string
	markdown string
	explain  bool
	unseen   bool
	quick    bool
	// watchOnly keeps recordings for a later run with -from.
	watchOnly bool
	strict    bool
}

var errUsage = errors.New("wrong flags")

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("accuracy", flag.ContinueOnError)
	flags.SetOutput(stderr)
	seeds := flags.String("seeds", "1,2,3", "draw rates, sizes and lifetimes from each of these `numbers`")
	styles := flags.String("styles", "func,method,wg", "the `styles` in which leaky programs start goroutines")
	only := flags.String("only", "", "run cases whose name (program-style-seed[-noise]) matches this `regexp`")
	flags.BoolVar(&o.go127, "go127", false, "also build services with Go 1.27, whose own leak profile confirms")
	flags.DurationVar(&o.duration, "duration", time.Minute, "`time` of a watch; client-per-call is watched twice as long")
	flags.DurationVar(&o.interval, "interval", 500*time.Millisecond, "`time` between two samples")
	flags.IntVar(&o.parallel, "parallel", 20, "how many `watches` run at a time")
	flags.StringVar(&o.keep, "keep", "", "`folder` for recordings, reports and logs (default: a temporary one, named at the end)")
	flags.StringVar(&o.from, "from", "", "judge the recordings in this `folder` again instead of watching")
	flags.StringVar(&o.logcap, "logcap", "", "use this `binary` instead of building one")
	flags.StringVar(&o.markdown, "markdown", "", "write the result to this `file` too")
	flags.BoolVar(&o.explain, "explain", false, "explain leaky programs from their source, apply the diffs and watch again")
	flags.BoolVar(&o.unseen, "unseen", false, "with -explain: the programs after public reports")
	flags.BoolVar(&o.quick, "quick", false, "with -explain: apply no diffs")
	flags.BoolVar(&o.strict, "strict", false, "with -explain: end with 1 unless every mechanism and cause is right and every patched program is fixed")
	flags.BoolVar(&o.watchOnly, "watch-only", false, "with -explain and -keep: only watch, for a later run with -from")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 || o.parallel < 1 || o.duration <= 0 || o.interval <= 0 {
		return o, fmt.Errorf("%w: want no arguments, and times and numbers above zero", errUsage)
	}
	for s := range strings.SplitSeq(*seeds, ",") {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return o, fmt.Errorf("%w: seed %q is not a number", errUsage, s)
		}
		o.seeds = append(o.seeds, n)
	}
	for s := range strings.SplitSeq(*styles, ",") {
		if s != "func" && s != "method" && s != "wg" {
			return o, fmt.Errorf("%w: style %q is not func, method or wg", errUsage, s)
		}
		o.styles = append(o.styles, s)
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, fmt.Errorf("%w: -only: %w", errUsage, err)
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(stderr, "accuracy: %v\n", err)
		return 2
	}
	if o.explain {
		return runExplain(ctx, o, stdout, stderr)
	}
	result, err := measure(ctx, o, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "accuracy: %v\n", err)
		return 1
	}
	document := result.markdown()
	fmt.Fprint(stdout, document)
	if o.markdown != "" {
		if err := os.WriteFile(o.markdown, []byte(document), 0o644); err != nil {
			fmt.Fprintf(stderr, "accuracy: %v\n", err)
			return 1
		}
	}
	if !result.holds() {
		return 1
	}
	return 0
}
