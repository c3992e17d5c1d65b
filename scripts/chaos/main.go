//go:build linux

// Chaos reads Go processes from their memory while they end: 1,000 goroutines
// that come and go in each, and at a random moment within the reading the
// process exits, panics, is killed, or begins another program. Each reading must
// give a whole and right table or say clearly what became of the process, within
// five seconds.
//
//	go run ./scripts/chaos                     10,000 ends, about ten minutes on two processors
//	go run ./scripts/chaos -scans 100          a short form
//	go run ./scripts/chaos -toolchain go1.22.12  targets built by another Go
//	go run ./scripts/chaos -seed 7             the same choices again, as far as timing allows
//
// It prints what happened as the table of docs/memory-cost.md, and exits with 1
// when anything else did.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// options are the command line's.
type options struct {
	scans     int
	workers   int
	seed      uint64
	toolchain string
}

func run(args []string, stdout, stderr io.Writer) int {
	var o options
	flags := flag.NewFlagSet("chaos", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.scans, "scans", 10_000, "readings within which the process ends")
	flags.IntVar(&o.workers, "workers", 2, "processes read at the same time")
	flags.Uint64Var(&o.seed, "seed", 1, "of the random choices")
	flags.StringVar(&o.toolchain, "toolchain", "", "the `version` of Go that builds the targets, as GOTOOLCHAIN has it")
	if flags.Parse(args) != nil {
		return 2
	}
	if flags.NArg() > 0 || o.scans < 1 || o.workers < 1 {
		fmt.Fprintln(stderr, "chaos: want no arguments, and one scan and one worker at least")
		return 2
	}
	t, err := chaos(o, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "chaos:", err)
		return 1
	}
	t.print(stdout)
	if n := len(t.wrong); n > 0 {
		fmt.Fprintf(stderr, "chaos: %d wrong ends or tables\n", n)
		return 1
	}
	return 0
}

// chaos ends one process after the other, several at a time.
func chaos(o options, progress io.Writer) (*tally, error) {
	dir, err := os.MkdirTemp("", "logcap-chaos-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := build(dir, o.toolchain); err != nil {
		return nil, err
	}
	all := fates(dir)
	sum := newTally()
	var mu sync.Mutex
	var failed error
	next := 0
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next >= o.scans || failed != nil {
			return 0, false
		}
		next++
		if next%1000 == 0 {
			fmt.Fprintf(progress, "chaos: %d of %d\n", next, o.scans)
		}
		return next - 1, true
	}
	var workers sync.WaitGroup
	for range o.workers {
		workers.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				t := &trial{rand: rand.New(rand.NewPCG(o.seed, uint64(i))), fate: all[i%len(all)], target: filepath.Join(dir, "target")}
				err := t.run()
				mu.Lock()
				sum.add(t)
				if err != nil && failed == nil {
					failed = fmt.Errorf("%s: %w", t.fate.name, err)
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return sum, failed
}
