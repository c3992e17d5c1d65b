// Simulate draws healthy and leaking services from seeds, watches them as
// logcap does and prints how often each rule of judgement speaks up. The thresholds of
// analyze/growth were chosen from its output; docs/detection.md holds the figures.
//
//	go run ./scripts/simulate                 the table of rules, for three watches
//	go run ./scripts/simulate -sweep          what other thresholds would give in the shortest watch
//	go run ./scripts/simulate -rate           the bar of the source report's series
//	go run ./scripts/simulate -instep         how often two counts are said to grow in step
//	go run ./scripts/simulate -only leak      services with leak in their name
//	go run ./scripts/simulate -runs 1000      more runs of each service (default 200)
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(stderr)
	runs := flags.Int("runs", 200, "`runs` of each service, each from a seed of its own")
	sweep := flags.Bool("sweep", false, "print what other thresholds would give in the shortest watch")
	rate := flags.Bool("rate", false, "print the bar of the source report's series")
	instep := flags.Bool("instep", false, "print how often two counts are said to grow in step")
	only := flags.String("only", "", "simulate services whose name contains `text`")
	if flags.Parse(args) != nil {
		return 2
	}
	switch {
	case *runs < 1 || flags.NArg() > 0:
		fmt.Fprintln(stderr, "simulate: want at least one run and no arguments")
		return 2
	case *instep:
		printInStep(stdout, *runs)
	case *rate:
		printRate(stdout, *runs)
	case *sweep:
		printTables(stdout, *runs, *only, watches()[:1], sweepRules())
	default:
		printTables(stdout, *runs, *only, watches(), rules())
	}
	return 0
}
